using System.Collections;
using System.Text;
using TransparentCni.Cni;
using TransparentCni.Cni.Interop;

StandardDescriptors.Occupy();

// Whoever starts us may ignore SIGCHLD; children would then vanish without their exit status.
_ = Libc.SetSignal(Libc.SIGCHLD, Libc.SIG_DFL);

var environment = new Dictionary<string, string>();
foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
    environment[(string)variable.Key] = (string)variable.Value!;

using var input = new DescriptorStream(Libc.StandardInput);
using var output = new DescriptorStream(Libc.StandardOutput);
using var error = new DescriptorStream(Libc.StandardError);
return new Dispatcher(new AttachmentService()).Run(new CniProcess(environment, input, output, Log));

void Log(string line)
{
    try
    {
        error.Write(Encoding.UTF8.GetBytes($"tproxy: {line}\n"));
    }
    catch (IOException)
    {
        // There is nowhere left to say so.
    }
}
