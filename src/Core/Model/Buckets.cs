namespace TransparentCni.Core.Model;

/// <summary>
/// Gives a pool's hash buckets to its members, in the manner of Maglev (Eisenbud and others, NSDI 2016, section 3.4):
/// each member has an order of preference of its own over all buckets, and they take turns. The shares are equal to a
/// bucket, and a member that joins or leaves moves little but its own share. A flow that exists does not move at all:
/// it is pinned in its conntrack entry.
/// </summary>
public static class Buckets
{
    /// <summary>How many buckets a pool has. A power of two, so that any odd step visits them all.</summary>
    public const int Count = 256;

    /// <summary>The members' bucket lists.</summary>
    /// <param name="members">Each member's name, which decides its preferences, and its weight (at least 1).</param>
    /// <returns>For each bucket, the index of the member that has it; empty where there is no member.</returns>
    public static int[] Assign(IReadOnlyList<(string Name, int Weight)> members)
    {
        if (members.Count == 0)
            return [];

        var order = Enumerable.Range(0, members.Count).OrderBy(i => members[i].Name, StringComparer.Ordinal).ToArray();
        var heaviest = members.Max(member => member.Weight);
        var turns = order.Select(i => new Turn(members[i].Name, members[i].Weight)).ToArray();

        var owner = new int[Count];
        Array.Fill(owner, -1);
        for (var left = Count; left > 0;)
        {
            for (var i = 0; i < turns.Length && left > 0; i++)
            {
                if (!turns[i].Comes(heaviest))
                    continue;
                owner[turns[i].Take(owner)] = order[i];
                left--;
            }
        }

        return owner;
    }

    private struct Turn(string name, int weight)
    {
        private readonly uint _step = (uint)Fingerprint.UInt64(name) | 1;

        private uint _next = (uint)(Fingerprint.UInt64(name) >> 32) % (uint)Count;

        private int _credit;

        // A member of half the weight comes every other round.
        public bool Comes(int heaviest)
        {
            _credit += weight;
            if (_credit < heaviest)
                return false;
            _credit -= heaviest;
            return true;
        }

        public uint Take(int[] owner)
        {
            while (owner[_next] >= 0)
                _next = (_next + _step) % (uint)Count;
            return _next;
        }
    }
}
