// One after the other: a script that a test has just written cannot be run while a child that another thread is
// starting still holds its descriptor (ETXTBSY).
[assembly: CollectionBehavior(DisableTestParallelization = true)]
