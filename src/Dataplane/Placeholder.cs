namespace TransparentCni.Dataplane;
