//! Points of the twists over the quadratic extensions, for which there are no circuits but those of the field.

use super::curve::{digit, digits};
use super::field::{Element, Fp2, Prime};

/// A point in Jacobian coordinates: (x/z², y/z³) of a curve y² = x³ + b; at infinity if z is zero.
#[derive(Clone, Copy)]
pub struct Jacobian<F> {
    x: F,
    y: F,
    z: F,
}

impl<F: Element> Jacobian<F> {
    /// The point at infinity.
    pub const INFINITY: Self = Self {
        x: F::ONE,
        y: F::ONE,
        z: F::ZERO,
    };

    /// The point of its coordinates; `None` is the one at infinity.
    pub fn new(point: Option<(F, F)>) -> Self {
        match point {
            None => Self::INFINITY,
            Some((x, y)) => Self { x, y, z: F::ONE },
        }
    }

    /// The coordinates.
    pub fn coordinates(&self) -> Option<(F, F)> {
        if self.z.is_zero() {
            return None;
        }
        let inverse = self.z.inverse();
        let square = inverse.squared();
        let cube = square.times(&inverse);
        Some((self.x.times(&square), self.y.times(&cube)))
    }

    /// 2p. The formula holds for every point; one of order two gets z = 0.
    pub fn double(&mut self) {
        // m = 3x², s = 4xy²: (m² − 2s, m·(s − x') − 8y⁴, 2yz)
        let [mut m, mut s] = [F::ZERO; 2];
        self.z *= &self.y;
        self.z.double();
        self.y.square();
        s.set(&self.x);
        s *= &self.y;
        s.double();
        s.double();
        self.x.square();
        m.set(&self.x);
        m.double();
        m += &self.x;
        self.x.set(&m);
        self.x.square();
        self.x -= &s;
        self.x -= &s;
        s -= &self.x;
        s *= &m;
        self.y.square();
        self.y.double();
        self.y.double();
        self.y.double();
        s -= &self.y;
        self.y.set(&s);
    }

    /// Adds any point.
    pub fn add(&mut self, other: &Self) {
        if other.z.is_zero() {
            return;
        }
        if self.z.is_zero() {
            *self = *other;
            return;
        }
        let zz = self.z.squared();
        let mut run = other.x.times(&zz);
        let mut rise = other.y.times(&zz);
        rise *= &self.z;
        // of a point as it was given, z is one
        if other.z != F::ONE {
            let other_zz = other.z.squared();
            self.x *= &other_zz;
            self.y *= &other_zz;
            self.y *= &other.z;
        }
        run -= &self.x;
        rise -= &self.y;
        if run.is_zero() {
            if rise.is_zero() {
                *self = *other;
                self.double();
            } else {
                *self = Self::INFINITY;
            }
            return;
        }
        self.z *= &other.z;
        self.z *= &run;
        let square = run.squared();
        run *= &square;
        self.x *= &square;
        let mut sum = rise.squared();
        sum -= &run;
        sum -= &self.x;
        sum -= &self.x;
        self.x -= &sum;
        self.x *= &rise;
        self.y *= &run;
        self.x -= &self.y;
        self.y = self.x;
        self.x = sum;
    }

    /// −p.
    pub fn negative(&self) -> Self {
        Self {
            y: -self.y,
            ..*self
        }
    }

    /// Whether two points are the same.
    pub fn same(&self, other: &Self) -> bool {
        let (mut zz, mut other_zz) = (self.z.squared(), other.z.squared());
        if self.z.is_zero() != other.z.is_zero() || self.x.times(&other_zz) != other.x.times(&zz) {
            return false;
        }
        zz *= &self.z;
        other_zz *= &other.z;
        self.y.times(&other_zz) == other.y.times(&zz)
    }

    /// The point times a number of signed digits, the least significant first.
    pub fn times(&self, digits: &[i8]) -> Self {
        let negative = self.negative();
        let mut product = Self::INFINITY;
        for digit in digits.iter().rev() {
            if !product.z.is_zero() {
                product.double();
            }
            match digit {
                0 => {}
                1 => product.add(self),
                _ => product.add(&negative),
            }
        }
        product
    }

    /// The sum of points times scalars, four bits of every scalar at a time, doubling once for all.
    pub fn multiply(pairs: &[(Self, [u64; 4])]) -> Self {
        let tables: Vec<_> = pairs
            .iter()
            .map(|(point, scalar)| {
                let mut multiples = [Self::INFINITY; 16];
                let most = digits(scalar).max().unwrap_or(0);
                for i in 1..=most {
                    multiples[i] = multiples[i - 1];
                    multiples[i].add(point);
                }
                multiples
            })
            .collect();
        let mut sum = Self::INFINITY;
        for place in (0..64).rev() {
            if !sum.z.is_zero() {
                for _ in 0..4 {
                    sum.double();
                }
            }
            for ((_, scalar), multiples) in pairs.iter().zip(&tables) {
                sum.add(&multiples[digit(scalar, place)]);
            }
        }
        sum
    }
}

impl<P: Prime<N>, const N: usize> Jacobian<Fp2<P, N>> {
    /// The pth power of the coordinates on the curve itself, brought back to its twist: each is conjugated and scaled.
    pub fn frobenius(&self, scale: &(Fp2<P, N>, Fp2<P, N>)) -> Self {
        Self {
            x: self.x.conjugate().times(&scale.0),
            y: self.y.conjugate().times(&scale.1),
            z: self.z.conjugate(),
        }
    }
}
