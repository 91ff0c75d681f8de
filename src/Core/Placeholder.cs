namespace TransparentCni.Core;
