//! Frequent operations of ZisK 1.1.0-alpha.
//!
//! This version has no table of them, only predicates (`is_frequent_op` of `ArithFrops`,
//! `BinaryBasicFrops` and `BinaryExtensionFrops` in `zisk-sm-arith` and `zisk-sm-binary`, which carry
//! the whole prover). These are their conditions, one row each; `cargo xtask verify
//! zisk@1.1.0-alpha` compares every edge of every box with ziskemu's own counts.

use crate::official::ZiskOp;

/// One box of frequent operations: `a` in `a_lo + i * a_stride` for `i < a_count`, `b` in
/// `b_lo .. b_lo + b_count`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Region {
    pub(crate) a_lo: u64,
    pub(crate) a_count: u64,
    pub(crate) a_stride: u64,
    pub(crate) b_lo: u64,
    pub(crate) b_count: u64,
}

impl Region {
    fn holds(&self, a: u64, b: u64) -> bool {
        let from_a = a.wrapping_sub(self.a_lo);
        from_a.is_multiple_of(self.a_stride)
            && from_a / self.a_stride < self.a_count
            && b.wrapping_sub(self.b_lo) < self.b_count
    }
}

/// Whether an operation on these operands is a frequent one.
pub(crate) fn is_frop(op: u8, a: u64, b: u64) -> bool {
    FROPS_REGIONS[op as usize]
        .iter()
        .any(|region| region.holds(a, b))
}

/// (opcode, boxes).
type Row = (u8, &'static [Region]);

const fn region(a_lo: u64, a_count: u64, a_stride: u64, b_lo: u64, b_count: u64) -> Region {
    Region {
        a_lo,
        a_count,
        a_stride,
        b_lo,
        b_count,
    }
}

#[rustfmt::skip]
const ROWS: [Row; 37] = [
    (ZiskOp::Muluh.code(), &[
        region(0, 517, 1, 0, 517),
        region(0xfffff000, 1024, 8, 0, 19),
        region(0x11bc4e7a1ff93003, 512, 8, 0, 2),
        region(0x3fd8ee048ed3f003, 512, 8, 0, 2),
    ]),
    (ZiskOp::Mul.code(), &[
        region(0, 2406, 1, 0, 388),
        region(0xfffff000, 1024, 8, 0, 19),
        region(0x7ffffff001, 1024, 8, 2045, 1),
        region(0x3fe8000000000, 0x1000, 1, 2045, 1),
    ]),
    (ZiskOp::Divu.code(), &[
        region(0, 1601, 1, 0, 513),
    ]),
    (ZiskOp::Minu.code(), &[
        region(0, 166, 1, 0, 69),
    ]),
    (ZiskOp::Maxu.code(), &[
        region(0, 104, 1, 0, 18),
    ]),
    (ZiskOp::Ltu.code(), &[
        region(0, 1026, 1, 0, 1026),
    ]),
    (ZiskOp::Lt.code(), &[
        region(0, 537, 1, 0, 128),
        region(0x7ffffffffffff000, 0x2000, 1, 0, 1),
        region(0x9400000000000000, 512, 8, 0, 1),
        region(0xfffffffffffac847, 0x537b9, 1, 0, 2),
    ]),
    (ZiskOp::Eq.code(), &[
        region(0, 534, 1, 0, 1026),
        region(0x43e1f593f0000001, 512, 8, 0, 2),
        region(0x8080808080808000, 512, 8, 0, 1),
        region(0xfbf7fffff9b9f005, 512, 8, 0, 1),
    ]),
    (ZiskOp::Add.code(), &[
        region(0, 547, 1, 0, 534),
        region(0x100f000, 1024, 8, 257, 1),
        region(0xa03f3000, 0x1200, 8, 0, 2048),
        region(0xffffffff80808000, 512, 8, 128, 1),
    ]),
    (ZiskOp::Sub.code(), &[
        region(0, 534, 1, 0, 532),
        region(0xa03f5000, 3584, 8, 0, 33),
        region(0xaf89efc2c1ea000, 512, 8, 0, 1),
        region(0x2725dd1d243ab006, 512, 8, 0, 1),
    ]),
    (ZiskOp::And.code(), &[
        region(0, 1190, 1, 0, 256),
        region(0x1fffffff007, 512, 8, 0, 3),
        region(0x7ffffffffffff000, 0x2000, 1, 0, 4),
    ]),
    (ZiskOp::Or.code(), &[
        region(0, 1541, 1, 0, 267),
        region(0x1000, 0x1e00, 8, 0, 690),
        region(0x4c440000, 512, 8, 1024, 1),
        region(0xa0110000, 512, 8, 761, 1),
    ]),
    (ZiskOp::Xor.code(), &[
        region(0, 255, 1, 0, 260),
    ]),
    (ZiskOp::AddW.code(), &[
        region(0, 256, 1, 0, 8),
        region(0xffffffffffffff01, 255, 1, 0, 1),
    ]),
    (ZiskOp::SubW.code(), &[
        region(0, 129, 1, 0, 256),
    ]),
    (ZiskOp::Andn.code(), &[
        region(0, 3, 1, 0, 13),
    ]),
    (ZiskOp::Orn.code(), &[
        region(0, 63, 1, 0, 1),
        region(0xffffffffffffffff, 1, 1, 0, 1),
    ]),
    (ZiskOp::Sll.code(), &[
        region(0, 0x1000, 1, 0, 161),
        region(0x1000, 0x1e00, 8, 0, 243),
        region(0xfffff007, 512, 8, 0, 225),
        region(0xfffffffffefef007, 512, 8, 32, 1),
    ]),
    (ZiskOp::Srl.code(), &[
        region(0, 0x1000, 1, 0, 65),
        region(0xfffffffffff000, 1024, 8, 1, 120),
        region(0x1102000000000000, 512, 8, 8, 49),
        region(0xffffffff00000000, 512, 8, 8, 49),
    ]),
    (ZiskOp::Sra.code(), &[
        region(0, 0x1000, 1, 0, 64),
        region(0x1000, 0x5000, 1, 3, 3),
        region(0x6000000000000000, 512, 8, 56, 1),
        region(0x6100000000000000, 512, 8, 56, 1),
    ]),
    (ZiskOp::SrlW.code(), &[
        region(0, 530, 1, 0, 32),
        region(0xffffa007, 3072, 8, 24, 1),
        region(0x11020000000000, 512, 8, 24, 1),
        region(0x1102000000000000, 512, 8, 24, 1),
    ]),
    (ZiskOp::SraW.code(), &[
        region(0, 25, 1, 0, 32),
    ]),
    (ZiskOp::SignExtendB.code(), &[
        region(0, 1, 1, 0, 256),
    ]),
    (ZiskOp::SignExtendW.code(), &[
        region(0x804db000, 512, 8, 0, 1),
    ]),
    (ZiskOp::Rev8.code(), &[
        region(0, 1, 1, 0, 4096),
    ]),
    (ZiskOp::Pack.code(), &[
        region(0, 519, 1, 0, 2),
        region(0xfffff007, 512, 8, 0, 1),
    ]),
    (ZiskOp::PackH.code(), &[
        region(0, 256, 1, 0, 256),
    ]),
    (ZiskOp::PackW.code(), &[
        region(0, 5, 1, 0, 1),
    ]),
    (ZiskOp::Ror.code(), &[
        region(0, 1, 1, 0, 39),
        region(0x3af7879156a36007, 512, 8, 38, 1),
        region(0x98f726f10695f006, 512, 8, 38, 1),
        region(0xdad4333928708005, 512, 8, 38, 1),
    ]),
    (ZiskOp::RorW.code(), &[
        region(0, 1, 1, 0, 20),
    ]),
    (ZiskOp::Clz.code(), &[
        region(0, 1, 1, 0, 4096),
    ]),
    (ZiskOp::Ctz.code(), &[
        region(0, 1, 1, 0, 129),
    ]),
    (ZiskOp::CpopW.code(), &[
        region(0, 1, 1, 0, 32),
    ]),
    (ZiskOp::Bclr.code(), &[
        region(0, 1, 1, 0, 64),
    ]),
    (ZiskOp::Bext.code(), &[
        region(0, 201, 1, 0, 8),
        region(0x3f0006, 512, 8, 1, 16),
    ]),
    (ZiskOp::Binv.code(), &[
        region(0x8000000000000000, 0x1000, 1, 63, 1),
    ]),
    (ZiskOp::Bset.code(), &[
        region(0, 69, 1, 0, 128),
        region(0xc71e8005, 512, 8, 32, 1),
    ]),
];

/// Boxes by opcode.
pub(crate) static FROPS_REGIONS: [&[Region]; 256] = {
    let mut regions: [&[Region]; 256] = [&[]; 256];
    let mut row = 0;
    while row < ROWS.len() {
        regions[ROWS[row].0 as usize] = ROWS[row].1;
        row += 1;
    }
    regions
};
