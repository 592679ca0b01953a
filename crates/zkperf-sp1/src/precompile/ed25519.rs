//! Ed25519: addition of affine points and recovery of x (`src/edwards` of `sp1-curves` 6.10.0).

use ruint::aliases::U256;
use ruint::uint;

/// 2^255 - 19.
pub(crate) const P: U256 =
    uint!(0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed_U256);
/// The curve's d = -121665/121666.
const D: U256 = uint!(0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3_U256);
/// A square root of -1.
const SQRT_M1: U256 =
    uint!(0x2b8324804fc1df0b2b4d00993dfbd7a72f431806ad2fe478c4ee1b274a0ea0b0_U256);
/// (p + 3) / 8.
const ROOT_EXPONENT: U256 =
    uint!(0x0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe_U256);

fn sub(a: U256, b: U256) -> U256 {
    a.add_mod(P - b, P)
}

/// The square root whose lowest bit is 0, if there is one.
pub(crate) fn square_root(value: U256) -> Option<U256> {
    let mut root = value.pow_mod(ROOT_EXPONENT, P);
    let square = root.mul_mod(root, P);
    // The official function compares with p - value, which for 0 is p itself and never met.
    let negative = P - value;
    if square == negative {
        root = root.mul_mod(SQRT_M1, P);
    } else if square != value {
        return None;
    }
    if root.bit(0) {
        root = sub(U256::ZERO, root);
    }
    Some(root.reduce_mod(P))
}

/// x of the point with this y (255 bits, need not be reduced) and sign.
///
/// # Errors
/// If there is no such point: the official executor panics.
pub(crate) fn decompress(y: &[u64], sign: bool) -> Result<[u64; 4], String> {
    let mut limbs = [y[0], y[1], y[2], y[3]];
    limbs[3] &= u64::MAX >> 1;
    let y = U256::from_limbs(limbs).reduce_mod(P);
    let square = y.mul_mod(y, P);
    let u = sub(square, U256::from(1));
    let v = square.mul_mod(D, P).add_mod(U256::from(1), P);
    let inverse = v.inv_mod(P).unwrap_or(U256::ZERO);
    let root = square_root(u.mul_mod(inverse, P))
        .ok_or("no point of Ed25519 has this y (SP1's executor panics)")?;
    let x = if sign { sub(U256::ZERO, root) } else { root };
    Ok(x.reduce_mod(P).into_limbs())
}

/// Coordinates of a point; where it is not on the curve, the x that belongs to y and x's sign, as
/// the official executor has it by way of the compressed form.
fn point(words: &[u64]) -> Result<(U256, U256), String> {
    let x = U256::from_limbs_slice(&words[..4]);
    let y = U256::from_limbs_slice(&words[4..]);
    if x >= P || y >= P {
        return Err("a coordinate is not below 2^255 - 19 (SP1 wants reduced ones)".into());
    }
    let (x2, y2) = (x.mul_mod(x, P), y.mul_mod(y, P));
    let left = sub(y2, x2);
    let right = D.mul_mod(x2, P).mul_mod(y2, P).add_mod(U256::from(1), P);
    if left == right {
        return Ok((x, y));
    }
    let x = decompress(&words[4..], x.bit(0))?;
    Ok((U256::from_limbs(x), y))
}

/// The sum of two points.
///
/// # Errors
/// Operands on which the official executor panics.
pub(crate) fn add(a: &[u64], b: &[u64]) -> Result<Vec<u64>, String> {
    let ((x1, y1), (x2, y2)) = (point(a)?, point(b)?);
    let mul = |a: U256, b: U256| a.mul_mod(b, P);
    let x = mul(x1, y2).add_mod(mul(y1, x2), P);
    let y = mul(y1, y2).add_mod(mul(x1, x2), P);
    let d = mul(D, mul(mul(x1, x2), mul(y1, y2)));
    let (below_x, below_y) = (d.add_mod(U256::from(1), P), sub(U256::from(1), d));
    // d is no square, so neither is 0 for points on the curve.
    let inverse = mul(below_x, below_y).inv_mod(P).unwrap_or(U256::ZERO);
    let x = mul(x, mul(below_y, inverse));
    let y = mul(y, mul(below_x, inverse));
    Ok([x.into_limbs(), y.into_limbs()].concat())
}
