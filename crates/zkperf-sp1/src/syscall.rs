//! The syscalls: number, table, rows (`SyscallCode`, `src/syscall_code.rs` of `sp1-core-executor`
//! 6.10.0; rows by `RiscvAirId::rows_per_event`, `src/air.rs`; retained by `SP1CoreOpts::default`).

use crate::weights::{self, Air, SENT_WEIGHT};

/// What a syscall does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // The names are SP1's.
pub enum Call {
    Halt,
    Write,
    EnterUnconstrained,
    ExitUnconstrained,
    Commit,
    /// Does nothing here: deferred proofs, proof verification, profiler symbols.
    Nothing,
    HintLen,
    HintRead,
    ShaExtend,
    ShaCompress,
    Keccak,
    EdAdd,
    EdDecompress,
    CurveAdd(Curve),
    CurveDouble(Curve),
    Fp(Field, Arithmetic),
    Fp2(Field, Arithmetic),
    Uint256Mul,
    Uint256Carry(Arithmetic),
    Poseidon2,
    /// The official executors panic on it.
    Unsupported,
}

/// A short Weierstrass curve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Curve {
    Secp256k1,
    Secp256r1,
    Bn254,
    Bls12381,
}

/// A base field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Field {
    Bn254,
    Bls12381,
}

/// What is done with two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Arithmetic {
    Add,
    Sub,
    Mul,
}

/// One syscall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Syscall {
    /// Official name.
    pub name: &'static str,
    /// Value of `t0`.
    pub id: u32,
    /// What it does.
    pub call: Call,
    /// The table it fills; `None` if it has none.
    pub air: Option<Air>,
    /// Rows an event.
    pub rows: u64,
    /// Whether its rows stay in the shard of the call (otherwise they are sent to one of their own).
    pub retained: bool,
}

impl Syscall {
    /// Gas numerators of a call, beside the `ECALL` itself and first touches.
    pub const fn weight(&self) -> u64 {
        let rows = match self.air {
            Some(air) => self.rows * air.weight(),
            None => 0,
        };
        if self.is_deferred() {
            rows + SENT_WEIGHT
        } else {
            rows
        }
    }

    /// Whether its rows are sent to a shard of their own. The second byte of the number says whether
    /// the syscall has a table.
    pub(crate) const fn is_deferred(&self) -> bool {
        (self.id >> 8) & 0xff == 1 && !self.retained
    }

    /// Whether it commits to public values, after which a shard is not cut any more.
    pub(crate) const fn commits(&self) -> bool {
        matches!(self.id, 0x10 | 0x1a)
    }
}

macro_rules! plain {
    ($($name:ident = $id:literal, $call:expr;)*) => {
        &[$(Syscall {
            name: stringify!($name),
            id: $id,
            call: $call,
            air: None,
            rows: 0,
            retained: false,
        }),*]
    };
}

macro_rules! tabled {
    ($($name:ident = $id:literal, $call:expr, $air:ident, $rows:literal, $retained:literal;)*) => {
        &[$(Syscall {
            name: stringify!($name),
            id: $id,
            call: $call,
            air: Some(weights::$air),
            rows: $rows,
            retained: $retained,
        }),*]
    };
}

const PLAIN: &[Syscall] = plain! {
    HALT = 0x00, Call::Halt;
    WRITE = 0x02, Call::Write;
    ENTER_UNCONSTRAINED = 0x03, Call::EnterUnconstrained;
    EXIT_UNCONSTRAINED = 0x04, Call::ExitUnconstrained;
    COMMIT = 0x10, Call::Commit;
    COMMIT_DEFERRED_PROOFS = 0x1a, Call::Nothing;
    VERIFY_SP1_PROOF = 0x1b, Call::Nothing;
    HINT_LEN = 0xf0, Call::HintLen;
    HINT_READ = 0xf1, Call::HintRead;
    HINT_MPROTECT_FLUSH = 0x35, Call::Unsupported;
    DUMP_ELF = 0x40, Call::Unsupported;
    INSERT_PROFILER_SYMBOLS = 0x41, Call::Nothing;
    DELETE_PROFILER_SYMBOLS = 0x42, Call::Nothing;
    SECP256K1_DECOMPRESS = 0x10c, Call::Unsupported;
    SECP256R1_DECOMPRESS = 0x12e, Call::Unsupported;
    BLS12381_DECOMPRESS = 0x11c, Call::Unsupported;
    U256XU2048_MUL = 0x1012f, Call::Unsupported;
    MPROTECT = 0x132, Call::Unsupported;
    SIG_RETURN = 0x134, Call::Unsupported;
};

const TABLED: &[Syscall] = tabled! {
    SHA_EXTEND = 0x300105, Call::ShaExtend, SHA_EXTEND, 48, true;
    SHA_COMPRESS = 0x10106, Call::ShaCompress, SHA_COMPRESS, 80, true;
    ED_ADD = 0x10107, Call::EdAdd, ED_ADD, 1, false;
    ED_DECOMPRESS = 0x108, Call::EdDecompress, ED_DECOMPRESS, 1, false;
    KECCAK_PERMUTE = 0x10109, Call::Keccak, KECCAK_PERMUTE, 24, false;
    SECP256K1_ADD = 0x1010a, Call::CurveAdd(Curve::Secp256k1), SECP256K1_ADD, 1, false;
    SECP256K1_DOUBLE = 0x10b, Call::CurveDouble(Curve::Secp256k1), SECP256K1_DOUBLE, 1, false;
    BN254_ADD = 0x1010e, Call::CurveAdd(Curve::Bn254), BN254_ADD, 1, false;
    BN254_DOUBLE = 0x10f, Call::CurveDouble(Curve::Bn254), BN254_DOUBLE, 1, false;
    UINT256_MUL = 0x1011d, Call::Uint256Mul, UINT256_MUL, 1, false;
    BLS12381_ADD = 0x1011e, Call::CurveAdd(Curve::Bls12381), BLS12381_ADD, 1, false;
    BLS12381_DOUBLE = 0x11f, Call::CurveDouble(Curve::Bls12381), BLS12381_DOUBLE, 1, false;
    BLS12381_FP_ADD = 0x10120, Call::Fp(Field::Bls12381, Arithmetic::Add), BLS12381_FP, 1, true;
    BLS12381_FP_SUB = 0x10121, Call::Fp(Field::Bls12381, Arithmetic::Sub), BLS12381_FP, 1, true;
    BLS12381_FP_MUL = 0x10122, Call::Fp(Field::Bls12381, Arithmetic::Mul), BLS12381_FP, 1, true;
    BLS12381_FP2_ADD = 0x10123, Call::Fp2(Field::Bls12381, Arithmetic::Add), BLS12381_FP2_ADD_SUB, 1, false;
    BLS12381_FP2_SUB = 0x10124, Call::Fp2(Field::Bls12381, Arithmetic::Sub), BLS12381_FP2_ADD_SUB, 1, false;
    BLS12381_FP2_MUL = 0x10125, Call::Fp2(Field::Bls12381, Arithmetic::Mul), BLS12381_FP2_MUL, 1, false;
    BN254_FP_ADD = 0x10126, Call::Fp(Field::Bn254, Arithmetic::Add), BN254_FP, 1, true;
    BN254_FP_SUB = 0x10127, Call::Fp(Field::Bn254, Arithmetic::Sub), BN254_FP, 1, true;
    BN254_FP_MUL = 0x10128, Call::Fp(Field::Bn254, Arithmetic::Mul), BN254_FP, 1, true;
    BN254_FP2_ADD = 0x10129, Call::Fp2(Field::Bn254, Arithmetic::Add), BN254_FP2_ADD_SUB, 1, false;
    BN254_FP2_SUB = 0x1012a, Call::Fp2(Field::Bn254, Arithmetic::Sub), BN254_FP2_ADD_SUB, 1, false;
    BN254_FP2_MUL = 0x1012b, Call::Fp2(Field::Bn254, Arithmetic::Mul), BN254_FP2_MUL, 1, false;
    SECP256R1_ADD = 0x1012c, Call::CurveAdd(Curve::Secp256r1), SECP256R1_ADD, 1, false;
    SECP256R1_DOUBLE = 0x12d, Call::CurveDouble(Curve::Secp256r1), SECP256R1_DOUBLE, 1, false;
    UINT256_ADD_CARRY = 0x10130, Call::Uint256Carry(Arithmetic::Add), UINT256_OPS, 1, true;
    UINT256_MUL_CARRY = 0x10131, Call::Uint256Carry(Arithmetic::Mul), UINT256_OPS, 1, true;
    POSEIDON2 = 0x133, Call::Poseidon2, POSEIDON2, 1, true;
};

/// Every syscall, those without a table first.
pub const SYSCALLS: &[Syscall] = &{
    let none = PLAIN[0];
    let mut all = [none; PLAIN.len() + TABLED.len()];
    let mut at = 0;
    while at < all.len() {
        all[at] = if at < PLAIN.len() {
            PLAIN[at]
        } else {
            TABLED[at - PLAIN.len()]
        };
        at += 1;
    }
    all
};

/// Place in [`SYSCALLS`] of a number.
pub(crate) fn index_of(id: u32) -> Option<usize> {
    SYSCALLS.iter().position(|syscall| syscall.id == id)
}
