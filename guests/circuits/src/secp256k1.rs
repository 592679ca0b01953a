//! Recovery of a public key from a signature, over circuits that add and double points.
//!
//! A circuit proves that its result is right modulo the field's modulus, not that it is the smallest such number, and
//! what a zkVM's host computes for the guest is proved by nobody. So everything that comes from a [`Curve`] is checked
//! here, and a lie ends the run: the checks cost next to nothing beside the point operations.

/// A number of 256 bits, least significant limb first.
pub type Number = [u64; 4];

/// The modulus of the field in which coordinates lie.
pub const FIELD_MODULUS: Number = [0xffff_fffe_ffff_fc2f, u64::MAX, u64::MAX, u64::MAX];

/// The order of the group of points.
pub const GROUP_ORDER: Number = [
    0xbfd2_5e8c_d036_4141,
    0xbaae_dce6_af48_a03b,
    0xffff_ffff_ffff_fffe,
    u64::MAX,
];

const GENERATOR: Point = Point {
    x: [
        0x59f2_815b_16f8_1798,
        0x029b_fcdb_2dce_28d9,
        0x55a0_6295_ce87_0b07,
        0x79be_667e_f9dc_bbac,
    ],
    y: [
        0x9c47_d08f_fb10_d4b8,
        0xfd17_b448_a685_5419,
        0x5da4_fbfc_0e11_08a8,
        0x483a_da77_26a3_c465,
    ],
};

const ZERO: Number = [0; 4];
const ONE: Number = [1, 0, 0, 0];
/// The curve is y² = x³ + 7.
const B: Number = [7, 0, 0, 0];
/// A number that is not a square: a root of 3·a proves that a isn't one either.
const NON_SQUARE: Number = [3, 0, 0, 0];

/// A point of the curve other than the one at infinity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct Point {
    /// First coordinate.
    pub x: Number,
    /// Second coordinate.
    pub y: Number,
}

/// What a [`Curve`] says about a first coordinate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lift {
    /// There is a point.
    Point {
        /// Its second coordinate with the parity asked for.
        y: Number,
        /// The first coordinate's inverse modulo [`GROUP_ORDER`].
        inverse: Number,
    },
    /// There is none.
    None {
        /// A root of three times x³ + 7 modulo [`FIELD_MODULUS`].
        root: Number,
    },
}

/// A zkVM's circuits, as far as recovery needs them.
pub trait Curve {
    /// a·b modulo m; proved, but perhaps not reduced.
    fn mul_mod(&self, a: &Number, b: &Number, m: &Number) -> Number;

    /// Looks for the point with first coordinate `x`, where `square` is x³ + 7 and `odd` the parity of y. Need not be
    /// proved.
    fn lift(&self, x: &Number, square: &Number, odd: bool) -> Lift;

    /// Adds `q` to `p`, which have different first coordinates; proved, but perhaps not reduced.
    fn add(&self, p: &mut Point, q: &Point);

    /// Doubles `p`; proved, but perhaps not reduced.
    fn double(&self, p: &mut Point);
}

/// Why there is no public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecoverError {
    /// r or s is zero or not below the group's order.
    OutOfRange,
    /// r is no point's first coordinate.
    NoPoint,
    /// The key would be the point at infinity.
    Infinity,
}

/// Recovers the public key that signed the hash `message` with the signature `r || s`; both coordinates, big-endian.
///
/// `odd` is the parity of the second coordinate of the signature's point, whose first coordinate is r itself: the
/// points beyond the group's order, which recovery ids 2 and 3 stand for, are not looked for.
///
/// # Errors
/// [`RecoverError`].
///
/// # Panics
/// If `curve` lies, which a prover may try: the run then has no proof.
pub fn recover<C: Curve>(
    curve: &C,
    signature: &[u8; 64],
    odd: bool,
    message: &[u8; 32],
) -> Result<[u8; 64], RecoverError> {
    let (r, s) = signature.split_at(32);
    let (r, s) = (number(r), number(s));
    for part in [&r, &s] {
        if *part == ZERO || !below(part, &GROUP_ORDER) {
            return Err(RecoverError::OutOfRange);
        }
    }
    let (point, inverse) = lift(curve, &r, odd).ok_or(RecoverError::NoPoint)?;

    // s·R = z·G + r·Q, solved for Q
    let mut z = number(message);
    if !below(&z, &GROUP_ORDER) {
        z = sub(&z, &GROUP_ORDER);
    }
    let of_generator = negate(&mul(curve, &inverse, &z, &GROUP_ORDER), &GROUP_ORDER);
    let of_point = mul(curve, &inverse, &s, &GROUP_ORDER);
    let key = combine(curve, &of_generator, &of_point, &point).ok_or(RecoverError::Infinity)?;

    let mut encoded = [0; 64];
    let (x, y) = encoded.split_at_mut(32);
    write(&key.x, x);
    write(&key.y, y);
    Ok(encoded)
}

/// The point with first coordinate `r` and r's inverse in the group of scalars, or the proof that there is none.
fn lift<C: Curve>(curve: &C, r: &Number, odd: bool) -> Option<(Point, Number)> {
    let p = &FIELD_MODULUS;
    let square = mul(curve, &mul(curve, r, r, p), r, p);
    let square = add_mod(&square, &B, p);
    match curve.lift(r, &square, odd) {
        Lift::Point { y, inverse } => {
            let on_curve = below(&y, p) && mul(curve, &y, &y, p) == square;
            let inverts =
                below(&inverse, &GROUP_ORDER) && mul(curve, r, &inverse, &GROUP_ORDER) == ONE;
            honest(on_curve && (y[0] & 1 == 1) == odd && inverts);
            Some((Point { x: *r, y }, inverse))
        }
        Lift::None { root } => {
            let other = mul(curve, &square, &NON_SQUARE, p);
            // x³ + 7 has no root at all: zero would be a square and not a square
            honest(square != ZERO && mul(curve, &root, &root, p) == other);
            None
        }
    }
}

/// a·G + b·R, bit by bit for both at once.
fn combine<C: Curve>(curve: &C, a: &Number, b: &Number, point: &Point) -> Option<Point> {
    let mut both = Some(GENERATOR);
    add(curve, &mut both, point);
    let mut sum = None;
    for limb in (0..4).rev() {
        for bit in (0..64).rev() {
            if let Some(sum) = &mut sum {
                curve.double(sum);
                reduced(sum);
            }
            match (a[limb] >> bit & 1, b[limb] >> bit & 1) {
                (0, 0) => {}
                (1, 0) => add(curve, &mut sum, &GENERATOR),
                (0, _) => add(curve, &mut sum, point),
                _ => {
                    if let Some(both) = &both {
                        add(curve, &mut sum, both);
                    }
                }
            }
        }
    }
    sum
}

/// Adds any two points; `None` is the one at infinity.
fn add<C: Curve>(curve: &C, sum: &mut Option<Point>, point: &Point) {
    match sum {
        None => *sum = Some(*point),
        Some(p) if p.x != point.x => {
            curve.add(p, point);
            reduced(p);
        }
        Some(p) if p.y == point.y => {
            curve.double(p);
            reduced(p);
        }
        Some(_) => *sum = None,
    }
}

fn mul<C: Curve>(curve: &C, a: &Number, b: &Number, m: &Number) -> Number {
    let product = curve.mul_mod(a, b, m);
    honest(below(&product, m));
    product
}

fn reduced(point: &Point) {
    honest(below(&point.x, &FIELD_MODULUS) && below(&point.y, &FIELD_MODULUS));
}

/// Ends the run of a prover that lies.
fn honest(is: bool) {
    assert!(is, "the prover gave a wrong result for a curve operation");
}

fn below(a: &Number, b: &Number) -> bool {
    a.iter().rev().lt(b.iter().rev())
}

/// a + b modulo m, of numbers below m.
fn add_mod(a: &Number, b: &Number, m: &Number) -> Number {
    let mut carry = false;
    let sum = core::array::from_fn(|i| {
        let (partial, first) = a[i].overflowing_add(b[i]);
        let (limb, second) = partial.overflowing_add(u64::from(carry));
        carry = first | second;
        limb
    });
    if carry || !below(&sum, m) {
        sub(&sum, m)
    } else {
        sum
    }
}

/// a − b modulo 2²⁵⁶.
fn sub(a: &Number, b: &Number) -> Number {
    let mut borrow = false;
    core::array::from_fn(|i| {
        let (partial, first) = a[i].overflowing_sub(b[i]);
        let (limb, second) = partial.overflowing_sub(u64::from(borrow));
        borrow = first | second;
        limb
    })
}

/// −a modulo m, of a number below m.
fn negate(a: &Number, m: &Number) -> Number {
    if *a == ZERO {
        ZERO
    } else {
        sub(m, a)
    }
}

/// A number from 32 bytes, big-endian.
fn number(bytes: &[u8]) -> Number {
    core::array::from_fn(|i| u64::from_be_bytes(core::array::from_fn(|j| bytes[24 - 8 * i + j])))
}

fn write(number: &Number, bytes: &mut [u8]) {
    for (bytes, limb) in bytes.rchunks_exact_mut(8).zip(number) {
        bytes.copy_from_slice(&limb.to_be_bytes());
    }
}
