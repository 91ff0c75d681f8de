// The floor: a native executable that does nothing.
return 0;
