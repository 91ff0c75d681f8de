using TransparentCni.Lab.Docker;
using TransparentCni.Lab.Nodes;

namespace TransparentCni.Docker.Tests;

/// <summary>The daemon in a container of the engine that it watches, with the node's network and the engine's socket.</summary>
public sealed class DaemonInContainerTests
{
    [Fact]
    public void It_wires_as_on_the_node_and_what_it_wired_outlives_it()
    {
        using var node = new Node();
        using var engine = new Engine(node);
        engine.Create(new ContainerSpec { Image = FilterTools.Image });
        ProductImage.Build(engine, FilterTools.Image.Name);
        DaemonInContainer.WiresAsOnTheNodeAndWhatItWiredOutlivesIt(engine);
    }
}
