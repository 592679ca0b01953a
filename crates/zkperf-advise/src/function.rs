//! What a function is to the rules, as far as its name tells.

use zkperf_profile::{Function, Origin};
use zkperf_symbols::{without_hash, SymbolPath};

use crate::implementations::{is_block, is_unit, last_segment, mark, without_arguments, Mark};

/// A function.
#[derive(Debug, Clone)]
pub(crate) struct FunctionFacts {
    /// Name without hash.
    pub name: String,
    /// The operation it is code of.
    pub mark: Option<Mark>,
    /// Whether each call is a unit of that operation.
    pub unit: bool,
    /// Whether each block of that operation executes its instructions once.
    pub block: bool,
    /// What else it is.
    pub role: Role,
    /// Whether it is somebody's code: not std, not the compiler's, not the zkVM's.
    pub is_own: bool,
    /// Whose code it is.
    pub origin: Origin,
}

/// What a function does beside computing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Nothing that a rule is about.
    None,
    /// Copies memory.
    Copy,
    /// Fills memory.
    Fill,
    /// Compares memory.
    Compare,
    /// Finds, grows or releases memory.
    Allocate,
    /// Makes a buffer larger: finds other memory and copies what is in it.
    Grow,
    /// The allocator's part of releasing memory.
    Free,
    /// Releases what a value owns.
    Drop,
    /// Copies a value with what it owns.
    Clone,
    /// Decodes or encodes.
    Codec,
    /// Hash maps and their hashing.
    Map,
    /// Division of more bits than a register has.
    Divide,
    /// Text and panics.
    Format,
    /// Starts up, reads the input.
    Input,
    /// Moves pages in or out.
    Paging,
}

impl FunctionFacts {
    pub fn of(function: &Function, paging: &[&str]) -> Self {
        let name = without_hash(&function.name).into_owned();
        let path = SymbolPath::parse(&name);
        let krate = path.krate.clone().unwrap_or_default();
        let mark = mark(&name, &path);
        let operation = mark.map(|mark| mark.operation);
        let role = match paging.contains(&name.as_str()) {
            true => Role::Paging,
            false => role(&name, &krate),
        };
        let is_guest = matches!(function.origin, Origin::Guest | Origin::Inlined);
        FunctionFacts {
            unit: operation.is_some_and(|operation| is_unit(operation, &name, &path)),
            block: operation.is_some_and(|operation| is_block(operation, &name, &path)),
            is_own: is_guest
                && is_own(&krate)
                && !matches!(
                    role,
                    Role::Map | Role::Allocate | Role::Grow | Role::Free | Role::Input
                ),
            mark,
            role,
            origin: function.origin,
            name,
        }
    }
}

/// Crates that are somebody's own code, in which something can be changed.
fn is_own(krate: &str) -> bool {
    !LIBRARIES.contains(&krate)
}

/// Crates of values and collections that everybody uses: what they cost is their caller's, whose code can be changed.
const LIBRARIES: &[&str] = &[
    "",
    "core",
    "alloc",
    "std",
    "compiler_builtins",
    "__rustc",
    "rustc_std_workspace_core",
    "bytes",
    "smallvec",
    "arrayvec",
    "tinyvec",
    "once_cell",
    "fixed_hash",
    "primitive_types",
    "ethereum_types",
    "uint",
    "ruint",
    "alloy_primitives",
    "impl_rlp",
    "crunchy",
    "byteorder",
    "hex",
    "lru",
    "itertools",
    "either",
    "zerocopy",
    "bytemuck",
    "critical_section",
    "digest",
    "block_buffer",
    "generic_array",
    "crypto_common",
    "risc0_zkvm_platform",
];

fn role(name: &str, krate: &str) -> Role {
    let last = last_segment(name);
    if krate.is_empty() || krate == "compiler_builtins" {
        match last {
            "memcpy" | "memmove" => return Role::Copy,
            "memset" | "bzero" => return Role::Fill,
            "memcmp" | "bcmp" => return Role::Compare,
            "__udivti3" | "__umodti3" | "__udivmodti4" | "__divti3" | "__modti3" | "__udivdi3"
            | "__umoddi3" | "__udivmoddi4" => {
                return Role::Divide;
            }
            _ => {}
        }
        if name.contains("div_rem") {
            return Role::Divide;
        }
    }
    if is_allocator(name, krate, last) {
        return match last {
            _ if is_growth(last) => Role::Grow,
            "__rust_dealloc" | "__rg_dealloc" | "dealloc" | "dealloc_nonnull" | "deallocate" => {
                Role::Free
            }
            _ => Role::Allocate,
        };
    }
    if krate == "core" && last == "drop_in_place" {
        return Role::Drop;
    }
    if is_clone(name, last) {
        return Role::Clone;
    }
    if is_codec(name, krate) {
        return Role::Codec;
    }
    if is_map(name, krate) {
        return Role::Map;
    }
    if starts_with_any(
        name,
        &[
            "core::fmt",
            "core::panicking",
            "alloc::fmt",
            "std::panicking",
            "core::panic",
        ],
    ) {
        return Role::Format;
    }
    if is_input(name, krate, last) {
        return Role::Input;
    }
    Role::None
}

/// What makes buffers larger, in the allocator's interface and above it.
fn is_growth(last: &str) -> bool {
    matches!(
        last,
        "__rust_realloc"
            | "__rg_realloc"
            | "realloc"
            | "realloc_nonnull"
            | "finish_grow"
            | "grow"
            | "grow_one"
            | "grow_exact"
            | "grow_amortized"
            | "do_reserve_and_handle"
    )
}

fn is_allocator(name: &str, krate: &str, last: &str) -> bool {
    let entries = [
        "__rust_alloc",
        "__rust_alloc_zeroed",
        "__rust_dealloc",
        "__rust_realloc",
        "__rg_alloc",
        "__rg_realloc",
        "__rg_dealloc",
        "finish_grow",
        "grow_one",
        "do_reserve_and_handle",
        "grow_amortized",
        "grow_exact",
    ];
    // Optimized, a program's `main` may stand under the name of the module whose code was inlined into it.
    if last == "main" {
        return false;
    }
    entries.contains(&last)
        || matches!(
            krate,
            "embedded_alloc" | "linked_list_allocator" | "talc" | "dlmalloc" | "rlsf" | "wee_alloc"
        )
        || name.contains("core::alloc::global::GlobalAlloc>::")
        || starts_with_any(
            name,
            &[
                "ziskos::alloc::",
                "risc0_zkvm_platform::heap::",
                "sp1_zkvm::allocators::",
                "alloc::alloc::",
            ],
        )
}

fn is_clone(name: &str, last: &str) -> bool {
    match last {
        "clone" => {
            // Inlined, a name has no trait in it.
            name.contains("as core::clone::Clone>::clone") || !name.starts_with('<')
        }
        "to_vec" | "to_owned" | "clone_subtree" => true,
        _ => false,
    }
}

fn is_codec(name: &str, krate: &str) -> bool {
    let crates = [
        "ethrex_rlp",
        "alloy_rlp",
        "rlp",
        "fastrlp",
        "rkyv",
        "bincode",
        "postcard",
        "serde",
        "serde_json",
        "ciborium",
        "ssz",
        "ethereum_ssz",
        "ssz_rs",
    ];
    let words = [
        "RLPDecode>::",
        "RLPEncode>::",
        "alloy_rlp::decode::Decodable>::",
        "alloy_rlp::encode::Encodable>::",
        "::rlp::",
        "::encode_into_vec",
    ];
    crates.contains(&krate)
        || (is_own(krate)
            && words
                .iter()
                .any(|word| without_arguments(name).contains(word)))
}

/// Crates of hashers.
pub(crate) const HASHERS: &[&str] = &["foldhash", "ahash", "rustc_hash", "fxhash", "siphasher"];

fn is_map(name: &str, krate: &str) -> bool {
    matches!(krate, "hashbrown" | "indexmap")
        || HASHERS.contains(&krate)
        || starts_with_any(
            name,
            &[
                "std::collections::hash",
                "<std::collections::hash",
                "core::hash",
            ],
        )
        || name.contains("::seeded_hash::") && krate != "hashbrown"
}

fn is_input(name: &str, krate: &str, last: &str) -> bool {
    matches!(
        last,
        "_start" | "__start" | "_zisk_main" | "read_vec_raw" | "sys_read" | "read_input"
    ) || name.starts_with("risc0_zkvm::guest::env::read")
        || name.starts_with("sp1_zkvm::syscalls::") && last.contains("read")
        || krate == "ziskos" && name.contains("::io::")
}

fn starts_with_any(name: &str, starts: &[&str]) -> bool {
    starts.iter().any(|start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_roles() {
        for (name, expected) in [
            ("memcpy", Role::Copy),
            ("compiler_builtins::mem::memmove", Role::Copy),
            ("__rustc::__rust_realloc", Role::Grow),
            ("sp1_zkvm::allocators::embedded::main", Role::None),
            (
                "alloc::raw_vec::grow_exact<alloc::alloc::Global>",
                Role::Grow,
            ),
            (
                "<embedded_alloc::tlsf::Heap as core::alloc::global::GlobalAlloc>::dealloc",
                Role::Free,
            ),
            (
                "core::ptr::drop_in_place::<alloc::vec::Vec<u64>>",
                Role::Drop,
            ),
            ("alloc::vec::clone<u64, alloc::alloc::Global>", Role::Clone),
            (
                "<embedded_alloc::tlsf::Heap as core::alloc::global::GlobalAlloc>::alloc",
                Role::Allocate,
            ),
            (
                "<ethrex_trie::node::Node as core::clone::Clone>::clone",
                Role::Clone,
            ),
            (
                "<ethrex_trie::node::Node as ethrex_rlp::decode::RLPDecode>::decode_unfinished",
                Role::Codec,
            ),
            ("ethrex_trie::rlp::decode_child", Role::Codec),
            (
                "<hashbrown::map::HashMap<primitive_types::H256, ()>>::insert",
                Role::Map,
            ),
            (
                "compiler_builtins::int::specialized_div_rem::u128_div_rem",
                Role::Divide,
            ),
            (
                "core::iter::adapters::map::map_fold<rkyv::vec::ArchivedVec<u8>>",
                Role::None,
            ),
            ("ethrex_levm::vm::VM", Role::None),
        ] {
            let path = SymbolPath::parse(name);
            assert_eq!(
                role(name, path.krate.as_deref().unwrap_or("")),
                expected,
                "{name}"
            );
        }
    }
}
