//! The boxes of frequent operations of each ZisK version.

use zisk_core::frops::frops_regions;
use zisk_core::zisk_ops::ZiskOp;

use crate::target::{Target, ZISK_1_4_0};

/// The boxes of 1.1.0-alpha, which has no table of them, as the engine has them. `verify` shows that they
/// are ziskemu's.
#[path = "../../../zkperf-zisk/src/official/v1_1_0/boxes.rs"]
mod v1_1_0;

/// One box: `a` in `a_lo + i * a_stride` for `i < a_count`, `b` in `b_lo .. b_lo + b_count`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frop {
    pub(super) a_lo: u64,
    pub(super) a_count: u64,
    pub(super) a_stride: u64,
    pub(super) b_lo: u64,
    pub(super) b_count: u64,
}

/// The boxes of an operation, by its official name.
pub(super) fn boxes(target: Target, zisk: &str) -> Vec<Frop> {
    if target == ZISK_1_4_0 {
        let Ok(op) = ZiskOp::try_from_name(zisk) else {
            panic!("ZisK has no operation {zisk}");
        };
        let of = frops_regions(op.code()).iter();
        return of
            .map(|region| Frop {
                a_lo: region.a_lo,
                a_count: region.a_count,
                a_stride: region.a_stride,
                b_lo: region.b_lo,
                b_count: region.b_count,
            })
            .collect();
    }
    let of = v1_1_0::BOXES.iter().filter(|(name, _)| *name == zisk);
    of.flat_map(|(_, boxes)| *boxes)
        .map(|&[a_lo, a_count, a_stride, b_lo, b_count]| Frop {
            a_lo,
            a_count,
            a_stride,
            b_lo,
            b_count,
        })
        .collect()
}

impl Frop {
    /// The greatest `a` in the box.
    pub(super) fn last_a(&self) -> u64 {
        self.a_lo + (self.a_count - 1) * self.a_stride
    }

    /// Values of `a` inside, outside and on every edge.
    pub(super) fn edges_a(&self) -> Vec<u64> {
        let last = self.last_a();
        let middle = self.a_lo + (self.a_count / 2) * self.a_stride;
        let mut edges = vec![
            self.a_lo.wrapping_sub(self.a_stride),
            self.a_lo.wrapping_sub(1),
            self.a_lo,
            self.a_lo.wrapping_add(1),
            self.a_lo.wrapping_add(self.a_stride),
            middle,
            middle.wrapping_add(self.a_stride / 2),
            last,
            last.wrapping_add(1),
            last.wrapping_add(self.a_stride),
            self.a_lo ^ (1 << 32),
            self.a_lo ^ (1 << 63),
        ];
        edges.sort_unstable();
        edges.dedup();
        edges
    }

    /// Values of `b` inside, outside and on every edge.
    pub(super) fn edges_b(&self) -> Vec<u64> {
        let last = self.b_lo + (self.b_count - 1);
        let mut edges = vec![
            self.b_lo.wrapping_sub(1),
            self.b_lo,
            self.b_lo + self.b_count / 2,
            last,
            last.wrapping_add(1),
            self.b_lo ^ (1 << 32),
        ];
        edges.sort_unstable();
        edges.dedup();
        edges
    }
}
