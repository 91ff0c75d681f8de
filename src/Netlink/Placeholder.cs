namespace TransparentCni.Netlink;
