//! Several symbols at one address: which names the function. The rules are those of `zkperf-symbols`: global
//! before weak before local, then the longer name, then alphabetical order.

use super::StackGuest;

pub(super) fn guests() -> Vec<StackGuest> {
    vec![
        StackGuest::new("symbols_weak_memcpy", WEAK, WEAK_TREE),
        StackGuest::new("symbols_replaced_memcpy", REPLACED, REPLACED_TREE),
        StackGuest::new("symbols_folded", FOLDED, FOLDED_TREE),
    ]
}

/// `compiler_builtins` defines `memcpy` weakly, over a local function of the same code.
const WEAK: &str = "
main:   enter
        call memcpy
        leave
memcpy: .weak
        .alias compiler_builtins_mem_memcpy local
        nop
        ret
";
const WEAK_TREE: &str = "
main x1 [2+1+3]
  memcpy x1 [2]
";

/// A global symbol of the same code names it, whatever it is called.
const REPLACED: &str = "
main:   enter
        call memcpy
        leave
memcpy: .weak
        .alias bcopy global
        nop
        ret
";
const REPLACED_TREE: &str = "
main x1 [2+1+3]
  bcopy x1 [2]
";

/// Identical code folding: three names, equally visible.
const FOLDED: &str = "
main:   enter
        call drop_a
        leave
drop_a: .alias drop_in_b global
        .alias drop_in_a global
        ret
";
const FOLDED_TREE: &str = "
main x1 [2+1+3]
  drop_in_a x1 [1]
";
