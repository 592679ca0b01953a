//! Frequent operations: (op, a, b) triples that ZisK proves from a fixed table at no opcode cost.
//!
//! The boxes are the official ones (`official::FROPS_REGIONS`), copied at compile time into
//! constants so that the test in the step loop is a few comparisons with immediates.

use crate::official::FROPS_REGIONS;

/// No opcode has more boxes; checked at compile time.
const MAX_BOXES: usize = 4;

#[derive(Clone, Copy)]
struct Box {
    a_lo: u64,
    a_span: u64,
    a_mask: u64,
    a_residue: u64,
    b_lo: u64,
    b_count: u64,
}

struct Boxes<const OP: u8>;

impl<const OP: u8> Boxes<OP> {
    const COUNT: usize = FROPS_REGIONS[OP as usize].len();
    const ALL: [Box; MAX_BOXES] = {
        let empty = Box {
            a_lo: 0,
            a_span: 0,
            a_mask: 0,
            a_residue: 0,
            b_lo: 0,
            b_count: 0,
        };
        let mut boxes = [empty; MAX_BOXES];
        let regions = FROPS_REGIONS[OP as usize];
        assert!(regions.len() <= MAX_BOXES);
        let mut index = 0;
        while index < regions.len() {
            let region = regions[index];
            assert!(region.a_stride.is_power_of_two());
            boxes[index] = Box {
                a_lo: region.a_lo,
                a_span: region.a_count * region.a_stride,
                a_mask: region.a_stride - 1,
                a_residue: region.a_lo & (region.a_stride - 1),
                b_lo: region.b_lo,
                b_count: region.b_count,
            };
            index += 1;
        }
        boxes
    };
    /// Least `b` of any box.
    const LEAST_B: u64 = {
        let mut least = u64::MAX;
        let mut index = 0;
        while index < Self::COUNT {
            if Self::ALL[index].b_lo < least {
                least = Self::ALL[index].b_lo;
            }
            index += 1;
        }
        least
    };
    /// How far the boxes reach above [`Self::LEAST_B`].
    const SPAN_B: u64 = {
        let mut span = 0;
        let mut index = 0;
        while index < Self::COUNT {
            let end = Self::ALL[index].b_lo - Self::LEAST_B + Self::ALL[index].b_count;
            if end > span {
                span = end;
            }
            index += 1;
        }
        span
    };
}

/// Whether `OP(a, b)` is a frequent operation.
#[inline(always)]
pub(crate) fn is_frequent<const OP: u8>(a: u64, b: u64) -> bool {
    // Most operations on full words are turned away here, by one comparison.
    b.wrapping_sub(const { Boxes::<OP>::LEAST_B }) < const { Boxes::<OP>::SPAN_B }
        && ((Boxes::<OP>::COUNT > 0 && within::<OP, 0>(a, b))
            || (Boxes::<OP>::COUNT > 1 && within::<OP, 1>(a, b))
            || (Boxes::<OP>::COUNT > 2 && within::<OP, 2>(a, b))
            || (Boxes::<OP>::COUNT > 3 && within::<OP, 3>(a, b)))
}

/// Whether `OP` has any frequent operation at all.
pub(crate) const fn has_frequent<const OP: u8>() -> bool {
    Boxes::<OP>::COUNT > 0
}

#[inline(always)]
fn within<const OP: u8, const INDEX: usize>(a: u64, b: u64) -> bool {
    let frop = const { Boxes::<OP>::ALL[INDEX] };
    // A subtraction that wraps is at least the span, so one comparison checks both ends.
    (b.wrapping_sub(frop.b_lo) < frop.b_count)
        & (a.wrapping_sub(frop.a_lo) < frop.a_span)
        & (a & frop.a_mask == frop.a_residue)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::official::{is_frop, ZiskOp};

    fn agrees<const OP: u8>() {
        let mut edges = vec![0, 1, 63, 64, 4095, 4096, u64::MAX, u64::MAX - 64, 1 << 63];
        for region in FROPS_REGIONS[OP as usize] {
            let end = region
                .a_lo
                .wrapping_add(region.a_count.wrapping_mul(region.a_stride));
            for edge in [
                region.a_lo,
                end,
                region.b_lo,
                region.b_lo.wrapping_add(region.b_count),
            ] {
                for delta in [0u64, 1, 4, 7, 8] {
                    edges.push(edge.wrapping_add(delta));
                    edges.push(edge.wrapping_sub(delta));
                }
            }
        }
        for &a in &edges {
            for &b in &edges {
                assert_eq!(
                    is_frequent::<OP>(a, b),
                    is_frop(OP, a, b),
                    "op {OP:#x} a {a:#x} b {b:#x}"
                );
            }
        }
    }

    #[test]
    fn agrees_with_the_official_boxes_at_every_edge() {
        agrees::<{ ZiskOp::ADD }>();
        agrees::<{ ZiskOp::ADD_W }>();
        agrees::<{ ZiskOp::SUB }>();
        agrees::<{ ZiskOp::AND }>();
        agrees::<{ ZiskOp::EQ }>();
        agrees::<{ ZiskOp::LTU }>();
        agrees::<{ ZiskOp::SRL }>();
        agrees::<{ ZiskOp::SRA }>();
        agrees::<{ ZiskOp::SIGNEXTEND_W }>();
        agrees::<{ ZiskOp::MUL }>();
        agrees::<{ ZiskOp::REMU }>();
        agrees::<{ ZiskOp::XOR }>();
    }
}
