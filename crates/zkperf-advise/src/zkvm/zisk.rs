//! ZisK: operations of `zisk-core`, functions of `ziskos`.

use super::{Available, CircuitRow, Facts, NarrowAccess, Price};
use crate::operation::Operation::{self, *};

const fn own(label: &'static str) -> CircuitRow {
    CircuitRow {
        table: "precompiles",
        label,
        column: "count",
        shared: false,
    }
}

const fn shared(label: &'static str) -> CircuitRow {
    CircuitRow {
        shared: true,
        ..own(label)
    }
}

const BN254: &[CircuitRow] = &[
    shared("bn254_curve_add"),
    shared("bn254_curve_dbl"),
    shared("bn254_complex_add"),
    shared("bn254_complex_sub"),
    shared("bn254_complex_mul"),
];

const BLS12: &[CircuitRow] = &[
    shared("arith384_mod"),
    shared("bls12_381_curve_add"),
    shared("bls12_381_curve_dbl"),
    shared("bls12_381_complex_add"),
    shared("bls12_381_complex_sub"),
    shared("bls12_381_complex_mul"),
];

const fn available(
    operation: Operation,
    through: &'static str,
    file: &'static str,
    rows: &'static [CircuitRow],
) -> Available {
    Available {
        operation,
        through,
        krate: "ziskos 1.4.0-alpha",
        file,
        rows,
        price: None,
    }
}

const fn priced(available: Available, price: Price) -> Available {
    Available {
        price: Some(price),
        ..available
    }
}

pub(crate) const FACTS: Facts = Facts {
    zkvm: "zisk",
    version: "1.4.0-alpha",
    // zisk-riscv 1.4.0-alpha, src/riscv2zisk_context.rs: without a feature that is off by default
    more_extensions: &["zba", "zbb", "zbs"],
    available: &[
        priced(
            available(
                Keccak256,
                "ziskos::zisklib::keccak256",
                "src/zisklib/lib/keccak256.rs",
                &[own("keccak")],
            ),
            Price {
                unit: "permutation",
                low: 42_300,
                high: 42_400,
                source: "KECCAK_COST 41,513 (zisk-core src/zisk_ops_costs.rs), a step, 25 words read and 25 written",
            },
        ),
        priced(
            available(
                Ecrecover,
                "ziskos::zisklib::ecdsa_recover_secp256k1",
                "src/zisklib/lib/secp256k1/ecdsa.rs",
                &[own("secp256k1_add"), own("secp256k1_dbl")],
            ),
            Price {
                unit: "recovery",
                low: 700_000,
                high: 1_500_000,
                source: "measured: 1,101,105 a recovery, reference guest on zkperf's demo block",
            },
        ),
        priced(
            available(
                Sha256,
                "ziskos::zisklib::sha256",
                "src/zisklib/lib/sha256.rs",
                &[own("sha256")],
            ),
            Price {
                unit: "block",
                low: 9_000,
                high: 11_600,
                source: "SHA256_COST 8,784 (zisk-core src/zisk_ops_costs.rs); measured with padding: 10,532 a block, \
                         reference guest on zkperf's demo block",
            },
        ),
        available(Bn254Add, "zkvm_bn254_g1_add", "src/zisklib/lib/zkvm_accelerators.rs", BN254),
        available(Bn254Mul, "zkvm_bn254_g1_mul", "src/zisklib/lib/zkvm_accelerators.rs", BN254),
        available(Bn254Pairing, "zkvm_bn254_pairing", "src/zisklib/lib/zkvm_accelerators.rs", BN254),
        available(Bls12G1Add, "zkvm_bls12_g1_add", "src/zisklib/lib/zkvm_accelerators.rs", BLS12),
        available(Bls12G1Msm, "zkvm_bls12_g1_msm", "src/zisklib/lib/zkvm_accelerators.rs", BLS12),
        available(Bls12G2Add, "zkvm_bls12_g2_add", "src/zisklib/lib/zkvm_accelerators.rs", BLS12),
        available(Bls12G2Msm, "zkvm_bls12_g2_msm", "src/zisklib/lib/zkvm_accelerators.rs", BLS12),
        available(Bls12Pairing, "zkvm_bls12_pairing", "src/zisklib/lib/zkvm_accelerators.rs", BLS12),
        available(
            Bls12Map,
            "zkvm_bls12_map_fp_to_g1, zkvm_bls12_map_fp2_to_g2",
            "src/zisklib/lib/zkvm_accelerators.rs",
            BLS12,
        ),
        available(Kzg, "zkvm_kzg_point_eval", "src/zisklib/lib/zkvm_accelerators.rs", BLS12),
        available(
            Modexp,
            "zkvm_modexp",
            "src/zisklib/lib/zkvm_accelerators.rs",
            &[shared("arith256"), shared("arith256_mod"), shared("add256")],
        ),
        available(
            P256,
            "zkvm_secp256r1_verify",
            "src/zisklib/lib/zkvm_accelerators.rs",
            &[own("secp256r1_add"), own("secp256r1_dbl")],
        ),
        available(
            Blake2f,
            "zkvm_blake2f",
            "src/zisklib/lib/zkvm_accelerators.rs",
            &[own("blake2b")],
        ),
        available(
            Arith256,
            "zkvm_mulmod256, zkvm_reduce_mod256 …; syscall_arith256 proves a * b + c = d * 2^256 + e, so a quotient from \
             the host can be checked",
            "src/zisklib/lib/zkvm_accelerators_ext.rs",
            &[shared("arith256"), shared("arith256_mod"), shared("add256")],
        ),
        priced(
            available(Jumpdests, "ziskos_jump_dest!", "src/evm/jump_dest.rs", &[own("jump_dest")]),
            Price {
                unit: "byte of code",
                low: 6,
                high: 20,
                source: "JUMP_DEST_COST 33 for eight bytes (zisk-core src/zisk_ops_costs.rs) and the words read; bytes \
                         that follow a PUSH are not read by the portable code, hence the upper bound",
            },
        ),
        available(
            Memory,
            "memcpy, memmove, memset, memcmp of ziskos, with no change to the guest",
            "src/dma/",
            &[
                own("dma_memcpy"),
                own("dma_xmemcpy"),
                own("dma_memcmp"),
                own("dma_xmemcmp"),
                own("dma_xmemset"),
                own("dma_inputcpy"),
            ],
        ),
        available(
            Poseidon2,
            "syscall_poseidon2",
            "src/syscalls/poseidon2.rs",
            &[own("poseidon2")],
        ),
    ],
    missing: &[
        (
            Sha3,
            "no function of its own; syscall_keccak_f is the permutation that SHA3-256 needs",
        ),
        (
            Ripemd160,
            "zkvm_ripemd160 is there (ziskos src/zisklib/lib/ripemd160.rs), in software",
        ),
    ],
    patches: &[],
    patches_source: "ziskos is called directly; ethrex's ZisK guest patches no crate",
    own_crates: &["ziskos"],
    circuit_measures: &["precompiles"],
    system_is_circuit: false,
    word_bytes: 8,
    narrow: Some(NarrowAccess {
        measure: "memory",
        read: 11,
        write: 18,
    }),
    first_touch: None,
    paging: None,
    allocator: "ziskos allocates by moving a pointer; what is left is zeroing and copying",
    bump_instructions: (12, 2),
};
