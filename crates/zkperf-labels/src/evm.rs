//! All that Ethereum's mainnet knows since Fusaka: what a run's opcodes and precompiles are some of.

use crate::{ethrex, Dimension};

/// Opcodes that stand alone, in the order of their numbers.
const OPCODES: [&str; 81] = [
    "STOP",
    "ADD",
    "MUL",
    "SUB",
    "DIV",
    "SDIV",
    "MOD",
    "SMOD",
    "ADDMOD",
    "MULMOD",
    "EXP",
    "SIGNEXTEND",
    "LT",
    "GT",
    "SLT",
    "SGT",
    "EQ",
    "ISZERO",
    "AND",
    "OR",
    "XOR",
    "NOT",
    "BYTE",
    "SHL",
    "SHR",
    "SAR",
    "CLZ",
    "KECCAK256",
    "ADDRESS",
    "BALANCE",
    "ORIGIN",
    "CALLER",
    "CALLVALUE",
    "CALLDATALOAD",
    "CALLDATASIZE",
    "CALLDATACOPY",
    "CODESIZE",
    "CODECOPY",
    "GASPRICE",
    "EXTCODESIZE",
    "EXTCODECOPY",
    "RETURNDATASIZE",
    "RETURNDATACOPY",
    "EXTCODEHASH",
    "BLOCKHASH",
    "COINBASE",
    "TIMESTAMP",
    "NUMBER",
    "PREVRANDAO",
    "GASLIMIT",
    "CHAINID",
    "SELFBALANCE",
    "BASEFEE",
    "BLOBHASH",
    "BLOBBASEFEE",
    "POP",
    "MLOAD",
    "MSTORE",
    "MSTORE8",
    "SLOAD",
    "SSTORE",
    "JUMP",
    "JUMPI",
    "PC",
    "MSIZE",
    "GAS",
    "JUMPDEST",
    "TLOAD",
    "TSTORE",
    "MCOPY",
    "PUSH0",
    "CREATE",
    "CALL",
    "CALLCODE",
    "RETURN",
    "DELEGATECALL",
    "CREATE2",
    "STATICCALL",
    "REVERT",
    "INVALID",
    "SELFDESTRUCT",
];

/// Opcodes in families: name, first and last number.
const FAMILIES: [(&str, u32, u32); 4] = [
    ("PUSH", 1, 32),
    ("DUP", 1, 16),
    ("SWAP", 1, 16),
    ("LOG", 0, 4),
];

/// The names of all parts that a dimension can have on mainnet; nothing for dimensions whose parts are the block's own.
pub fn known(dimension: Dimension) -> Vec<String> {
    match dimension {
        Dimension::Opcode => {
            let single = OPCODES.iter().map(|name| (*name).to_owned());
            let families = FAMILIES.iter().flat_map(|&(name, first, last)| {
                (first..=last).map(move |number| format!("{name}{number}"))
            });
            single.chain(families).collect()
        }
        Dimension::Precompile => ethrex::PRECOMPILES
            .iter()
            .map(|(_, name)| (*name).to_owned())
            .collect(),
        Dimension::Phase | Dimension::Transaction | Dimension::Contract => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn each_is_named_once() {
        let opcodes = known(Dimension::Opcode);
        // 0x00-0x0b, 0x10-0x1e, 0x20, 0x30-0x4a, 0x50-0x5f, 0x60-0x9f, 0xa0-0xa4, 0xf0-0xf5, 0xfa, 0xfd-0xff.
        assert_eq!(opcodes.len(), 12 + 15 + 1 + 27 + 16 + 64 + 5 + 6 + 1 + 3);
        assert_eq!(opcodes.iter().collect::<HashSet<_>>().len(), opcodes.len());
        assert_eq!(known(Dimension::Precompile).len(), 18);
    }
}
