//! Frequent operations of ZisK 1.1.0-alpha.
//!
//! This version has no table of them, only predicates (`is_frequent_op` of `ArithFrops`,
//! `BinaryBasicFrops` and `BinaryExtensionFrops` in `zisk-sm-arith` and `zisk-sm-binary`, which carry
//! the whole prover). [`BOXES`] are their conditions; `cargo xtask verify zisk@1.1.0-alpha` compares
//! every edge of every box with ziskemu's own counts.

use super::boxes::BOXES;
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

/// More than any operation has.
const MOST: usize = 4;

/// The boxes of a row as regions; the rest is empty.
const fn regions(boxes: &[[u64; 5]]) -> [Region; MOST] {
    let mut regions = [Region {
        a_lo: 0,
        a_count: 0,
        a_stride: 1,
        b_lo: 0,
        b_count: 0,
    }; MOST];
    let mut index = 0;
    while index < boxes.len() {
        let [a_lo, a_count, a_stride, b_lo, b_count] = boxes[index];
        regions[index] = Region {
            a_lo,
            a_count,
            a_stride,
            b_lo,
            b_count,
        };
        index += 1;
    }
    regions
}

static REGIONS: [[Region; MOST]; BOXES.len()] = {
    let mut rows = [regions(&[]); BOXES.len()];
    let mut row = 0;
    while row < BOXES.len() {
        rows[row] = regions(BOXES[row].1);
        row += 1;
    }
    rows
};

/// The opcode of a name.
const fn code(name: &str) -> u8 {
    let mut code = 0;
    loop {
        if let Ok(op) = ZiskOp::try_from_code(code) {
            if same(op.name(), name) {
                return code;
            }
        }
        assert!(code < u8::MAX, "no operation has this name");
        code += 1;
    }
}

const fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

/// Boxes by opcode.
pub(crate) static FROPS_REGIONS: [&[Region]; 256] = {
    let mut regions: [&[Region]; 256] = [&[]; 256];
    let mut row = 0;
    while row < BOXES.len() {
        let (boxes, _) = REGIONS[row].split_at(BOXES[row].1.len());
        regions[code(BOXES[row].0) as usize] = boxes;
        row += 1;
    }
    regions
};
