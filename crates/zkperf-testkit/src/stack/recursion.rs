//! Recursion: of one function, of two, deep, tree-shaped, and through tail calls.

use super::StackGuest;

pub(super) fn guests() -> Vec<StackGuest> {
    vec![
        StackGuest::new("recursion_depths", DEPTHS, DEPTHS_TREE),
        StackGuest::new("recursion_mutual", MUTUAL, MUTUAL_TREE),
        StackGuest::new("recursion_trie", TRIE, TRIE_TREE),
        // ziskemu does not see a call of itself by `auipc` and `jalr` as one.
        StackGuest::new("recursion_far", FAR, FAR_TREE).unofficial(),
        StackGuest::new("recursion_by_tail", BY_TAIL, BY_TAIL_TREE),
        deep(),
    ]
}

/// The same function at two depths, from two call sites.
const DEPTHS: &str = "
main:   enter
        li a0, 3
        call walk
        li a0, 1
        call walk
        leave
walk:   beqz a0, .end
        enter
        addi a0, a0, -1
        call walk
        leave
.end:   ret
";
const DEPTHS_TREE: &str = "
main x1 [2+4+3]
  walk x1 [1+2+2+3]
    walk x1 [1+2+2+3]
      walk x1 [1+2+2+3]
        walk x1 [2]
  walk x1 [1+2+2+3]
    walk x1 [2]
";

/// `even` and `odd` call each other; the deepest calls a third.
const MUTUAL: &str = "
main:   enter
        li a0, 3
        call even
        leave
even:   enter
        beqz a0, .deepest
        addi a0, a0, -1
        call odd
        leave
.deepest: call bottom
        leave
odd:    enter
        beqz a0, .deepest
        addi a0, a0, -1
        call even
        leave
.deepest: call bottom
        leave
bottom: nop
        ret
";
const MUTUAL_TREE: &str = "
main x1 [2+2+3]
  even x1 [2+1+2+3]
    odd x1 [2+1+2+3]
      even x1 [2+1+2+3]
        odd x1 [2+1+1+3]
          bottom x1 [2]
";

/// A trie of two levels with two children each is hashed from the leaves up, as `hash_node` of a Merkle
/// trie does it. A leaf jumps to `keccak`, a branch calls it.
const TRIE: &str = "
main:   enter
        li a0, 2
        call hash_node
        leave
hash_node: beqz a0, .leaf
        enter
        sx s1, 0(sp)
        mv s1, a0
        addi a0, s1, -1
        call hash_node
        addi a0, s1, -1
        call hash_node
        call keccak
        lx s1, 0(sp)
        leave
.leaf:  tail keccak
keccak: nop
        nop
        ret
";
const TRIE_TREE: &str = "
main x1 [2+2+3]
  hash_node x1 [1+2+7+1+3]
    hash_node x1 [1+2+7+1+3]        # left
      hash_node x1 [2]
        keccak x1 [3] tail
      hash_node x1 [2]
        keccak x1 [3] tail
      keccak x1 [3]
    hash_node x1 [1+2+7+1+3]        # right
      hash_node x1 [2]
        keccak x1 [3] tail
      hash_node x1 [2]
        keccak x1 [3] tail
      keccak x1 [3]
    keccak x1 [3]
";

/// Recursion through `auipc` and `jalr`, as the linker leaves it where it does not relax.
const FAR: &str = "
main:   enter
        li a0, 2
        far walk
        leave
walk:   beqz a0, .end
        enter
        addi a0, a0, -1
        far walk
        leave
.end:   ret
";
const FAR_TREE: &str = "
main x1 [2+3+3]
  walk x1 [1+2+3+3]
    walk x1 [1+2+3+3]
      walk x1 [2]
";

/// `down` calls `hop`, which has no frame of its own and jumps back into `down`: one return ends both.
const BY_TAIL: &str = "
main:   enter
        li a0, 2
        call down
        leave
down:   beqz a0, .end
        enter
        addi a0, a0, -1
        call hop
        leave
.end:   ret
hop:    nop
        tail down
";
const BY_TAIL_TREE: &str = "
main x1 [2+2+3]
  down x1 [1+2+2+3]
    hop x1 [2]
      down x1 [1+2+2+3] tail
        hop x1 [2]
          down x1 [2] tail
";

/// 1,000 frames.
fn deep() -> StackGuest {
    let source = "
main:   enter
        li a0, 1000
        call walk
        leave
walk:   beqz a0, .end
        enter
        addi a0, a0, -1
        call walk
        leave
.end:   ret
";
    let mut tree = "main x1 [2+2+3]\n".to_owned();
    for depth in 1..=1000 {
        tree += &format!("{}walk x1 [1+2+2+3]\n", "  ".repeat(depth));
    }
    tree += &format!("{}walk x1 [2]\n", "  ".repeat(1001));
    StackGuest::new("recursion_deep", source, &tree)
}
