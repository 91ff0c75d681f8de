namespace TransparentCni.Core.Model;

/// <summary>
/// Gives a pool's hash buckets to its members: how many each gets follows from the weights, and which ones from a draw
/// that every member makes for every bucket, lowest first (rendezvous hashing with full houses turned away). So the
/// shares follow the weights, and a member that joins or leaves moves little but its own: of what the others have, on
/// average 4 % of the buckets and never more than an eighth (measured over random pools). A flow that exists does not
/// move at all: it is pinned in its conntrack entry.
/// </summary>
public static class Buckets
{
    /// <summary>How many buckets a pool has.</summary>
    public const int Count = 256;

    /// <summary>The buckets' owners.</summary>
    /// <param name="members">Each member's name, of which no two are the same, and its weight (at least 1).</param>
    /// <returns>For each bucket, the index of the member that has it; empty where there is no member.</returns>
    public static int[] Assign(IReadOnlyList<(string Name, int Weight)> members)
    {
        if (members.Count == 0)
            return [];

        var byName = Enumerable.Range(0, members.Count).OrderBy(i => members[i].Name, StringComparer.Ordinal).ToArray();
        var left = Shares(Array.ConvertAll(byName, i => members[i].Weight));
        var owner = new int?[Count];
        foreach (var ticket in Drawn(Array.ConvertAll(byName, i => members[i].Name)))
        {
            var (member, bucket) = Math.DivRem(ticket, Count);
            if (owner[bucket] is not null || left[member] == 0)
                continue;
            owner[bucket] = byName[member];
            left[member]--;
        }

        return Array.ConvertAll(owner, index => index!.Value);
    }

    // Webster's method: each bucket in turn goes to the member that it brings nearest to its due. A newcomer makes no
    // one's share larger, which rounding each share by itself would.
    private static int[] Shares(int[] weights)
    {
        var shares = new int[weights.Length];
        for (var bucket = 0; bucket < Count; bucket++)
        {
            var next = 0;
            for (var i = 1; i < weights.Length; i++)
            {
                if ((long)weights[i] * ((2 * shares[next]) + 1) > (long)weights[next] * ((2 * shares[i]) + 1))
                    next = i;
            }

            shares[next]++;
        }

        return shares;
    }

    // Every member with every bucket, in the order of what they drew.
    private static int[] Drawn(string[] names)
    {
        var tickets = Enumerable.Range(0, names.Length * Count).ToArray();
        var seeds = Array.ConvertAll(names, Fingerprint.UInt64);
        var draws = Array.ConvertAll(tickets, ticket => Draw(seeds[ticket / Count], ticket % Count));
        Array.Sort(draws, tickets);
        return tickets;
    }

    // SplitMix64 (Steele, Lea and Flood, OOPSLA 2014, figure 17): the bucket's place in the sequence of that seed.
    private static ulong Draw(ulong seed, int bucket)
    {
        var z = seed + ((ulong)(bucket + 1) * 0x9e3779b97f4a7c15);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
}
