//! Short Weierstrass curves as a textbook has them: affine points over big numbers. Slow, and that is fine: it is here
//! to say what must come out, by another way than any code that is checked.

use num_bigint::BigUint;

/// y² = x³ + a x + b over a prime field, with a generator of prime order.
pub struct Curve {
    /// The field's prime.
    pub p: BigUint,
    a: BigUint,
    /// The generator's order.
    pub n: BigUint,
    /// The generator.
    pub g: Point,
}

/// A point; `None` is infinity.
pub type Point = Option<(BigUint, BigUint)>;

fn number(hex: &str) -> BigUint {
    BigUint::parse_bytes(hex.as_bytes(), 16).unwrap_or_default()
}

/// secp256k1 (SEC 2).
pub fn secp256k1() -> Curve {
    Curve {
        p: number("fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f"),
        a: BigUint::default(),
        n: number("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"),
        g: Some((
            number("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"),
            number("483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"),
        )),
    }
}

/// P-256 (FIPS 186).
pub fn p256() -> Curve {
    Curve {
        p: number("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"),
        a: number("ffffffff00000001000000000000000000000000fffffffffffffffffffffffc"),
        n: number("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
        g: Some((
            number("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"),
            number("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"),
        )),
    }
}

impl Curve {
    /// The inverse modulo a prime.
    pub fn inverse(value: &BigUint, prime: &BigUint) -> BigUint {
        value.modpow(&(prime - 2u32), prime)
    }

    /// The sum of two points.
    pub fn add(&self, one: &Point, other: &Point) -> Point {
        let p = &self.p;
        let (Some((x1, y1)), Some((x2, y2))) = (one, other) else {
            return one.clone().or_else(|| other.clone());
        };
        let slope = if x1 != x2 {
            (y2 + p - y1) * Self::inverse(&((x2 + p - x1) % p), p)
        } else if y1 == y2 && y1.bits() > 0 {
            (x1 * x1 * 3u32 + &self.a) * Self::inverse(&((y1 * 2u32) % p), p)
        } else {
            return None;
        } % p;
        let x = (&slope * &slope + p * 2u32 - x1 - x2) % p;
        let y = (slope * (x1 + p - &x) + p - y1) % p;
        Some((x, y))
    }

    /// A multiple of a point.
    pub fn multiply(&self, point: &Point, by: &BigUint) -> Point {
        let (mut sum, mut power) = (None, point.clone());
        for bit in 0..by.bits() {
            if by.bit(bit) {
                sum = self.add(&sum, &power);
            }
            power = self.add(&power, &power);
        }
        sum
    }

    /// An ECDSA signature (r, s) of a hash, with a nonce that need not be secret, and whether the nonce's point has an
    /// odd y. s is in the lower half.
    pub fn sign(&self, key: &BigUint, nonce: &BigUint, hash: &BigUint) -> (BigUint, BigUint, bool) {
        let n = &self.n;
        let Some((x, y)) = self.multiply(&self.g, nonce) else {
            return Default::default();
        };
        let r = x % n;
        let s = (hash + &r * key) * Self::inverse(nonce, n) % n;
        match s > n >> 1 {
            true => (r, n - s, !y.bit(0)),
            false => (r, s, y.bit(0)),
        }
    }
}
