//! The 32-bit forms: they work on lower halves and sign-extend.

#[inline(always)]
fn extend(value: i32) -> u64 {
    value as i64 as u64
}
#[inline(always)]
pub(crate) fn addw(a: u64, b: u64) -> u64 {
    extend((a as i32).wrapping_add(b as i32))
}
#[inline(always)]
pub(crate) fn subw(a: u64, b: u64) -> u64 {
    extend((a as i32).wrapping_sub(b as i32))
}
#[inline(always)]
pub(crate) fn sllw(a: u64, b: u64) -> u64 {
    extend((a as i32).wrapping_shl(b as u32))
}
#[inline(always)]
pub(crate) fn srlw(a: u64, b: u64) -> u64 {
    extend((a as u32).wrapping_shr(b as u32) as i32)
}
#[inline(always)]
pub(crate) fn sraw(a: u64, b: u64) -> u64 {
    extend((a as i32).wrapping_shr(b as u32))
}
#[inline(always)]
pub(crate) fn mulw(a: u64, b: u64) -> u64 {
    extend((a as i32).wrapping_mul(b as i32))
}
#[inline(always)]
pub(crate) fn divw(a: u64, b: u64) -> u64 {
    match b as i32 {
        0 => u64::MAX,
        b => extend((a as i32).wrapping_div(b)),
    }
}
#[inline(always)]
pub(crate) fn divuw(a: u64, b: u64) -> u64 {
    (a as u32)
        .checked_div(b as u32)
        .map_or(u64::MAX, |value| extend(value as i32))
}
#[inline(always)]
pub(crate) fn remw(a: u64, b: u64) -> u64 {
    match b as i32 {
        0 => extend(a as i32),
        b => extend((a as i32).wrapping_rem(b)),
    }
}
#[inline(always)]
pub(crate) fn remuw(a: u64, b: u64) -> u64 {
    let value = (a as u32).checked_rem(b as u32).unwrap_or(a as u32);
    extend(value as i32)
}
