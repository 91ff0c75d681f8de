using TransparentCni.Lab.Runtimes.Cri;

namespace TransparentCni.Lab.Runtimes;

/// <content>The bare calls, for those who look at nothing but how long they take.</content>
public sealed partial class Containerd
{
    /// <summary>Makes a sandbox.</summary>
    /// <returns>Its id.</returns>
    /// <exception cref="GrpcException">It refused.</exception>
    public string RunSandbox(PodRequest request) => _cri.RunPodSandbox(request with { CgroupParent = $"/{_group.Name}/pods" });

    /// <summary>Stops a sandbox: its network is taken down.</summary>
    public void StopSandbox(string id) => _cri.StopPodSandbox(id);

    /// <summary>Removes a sandbox that was stopped.</summary>
    public void RemoveSandbox(string id) => _cri.RemovePodSandbox(id);

    /// <summary>
    /// What a kubelet does over and over with sandboxes that do not run: those whose start failed keep their network until
    /// somebody stops them. What is refused is left for the next time.
    /// </summary>
    public void RemoveDead()
    {
        foreach (var (id, _) in _cri.ListPodSandbox().Where(sandbox => !sandbox.Ready))
        {
            try
            {
                _cri.StopPodSandbox(id);
                _cri.RemovePodSandbox(id);
            }
            catch (GrpcException)
            {
                // Somebody was killed again.
            }
        }
    }
}
