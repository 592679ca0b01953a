//! What the computing instructions compute (RISC-V unprivileged ISA; division as in its M chapter).

pub(crate) use crate::alu_word::*;

#[inline(always)]
pub(crate) fn add(a: u64, b: u64) -> u64 {
    a.wrapping_add(b)
}
#[inline(always)]
pub(crate) fn sub(a: u64, b: u64) -> u64 {
    a.wrapping_sub(b)
}
#[inline(always)]
pub(crate) fn xor(a: u64, b: u64) -> u64 {
    a ^ b
}
#[inline(always)]
pub(crate) fn or(a: u64, b: u64) -> u64 {
    a | b
}
#[inline(always)]
pub(crate) fn and(a: u64, b: u64) -> u64 {
    a & b
}
#[inline(always)]
pub(crate) fn sll(a: u64, b: u64) -> u64 {
    a.wrapping_shl(b as u32)
}
#[inline(always)]
pub(crate) fn srl(a: u64, b: u64) -> u64 {
    a.wrapping_shr(b as u32)
}
#[inline(always)]
pub(crate) fn sra(a: u64, b: u64) -> u64 {
    (a as i64).wrapping_shr(b as u32) as u64
}
#[inline(always)]
pub(crate) fn slt(a: u64, b: u64) -> u64 {
    u64::from((a as i64) < (b as i64))
}
#[inline(always)]
pub(crate) fn sltu(a: u64, b: u64) -> u64 {
    u64::from(a < b)
}
#[inline(always)]
pub(crate) fn mul(a: u64, b: u64) -> u64 {
    a.wrapping_mul(b)
}
#[inline(always)]
pub(crate) fn mulh(a: u64, b: u64) -> u64 {
    ((i128::from(a as i64) * i128::from(b as i64)) >> 64) as u64
}
#[inline(always)]
pub(crate) fn mulhsu(a: u64, b: u64) -> u64 {
    ((i128::from(a as i64) * i128::from(b)) >> 64) as u64
}
#[inline(always)]
pub(crate) fn mulhu(a: u64, b: u64) -> u64 {
    ((u128::from(a) * u128::from(b)) >> 64) as u64
}
#[inline(always)]
pub(crate) fn div(a: u64, b: u64) -> u64 {
    match b {
        0 => u64::MAX,
        _ => (a as i64).wrapping_div(b as i64) as u64,
    }
}
#[inline(always)]
pub(crate) fn divu(a: u64, b: u64) -> u64 {
    a.checked_div(b).unwrap_or(u64::MAX)
}
#[inline(always)]
pub(crate) fn rem(a: u64, b: u64) -> u64 {
    match b {
        0 => a,
        _ => (a as i64).wrapping_rem(b as i64) as u64,
    }
}
#[inline(always)]
pub(crate) fn remu(a: u64, b: u64) -> u64 {
    a.checked_rem(b).unwrap_or(a)
}
