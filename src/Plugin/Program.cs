using TransparentCni.Plugin;

return CommandLine.Run(args, Console.Out, Console.Error);
