//! Elements of the base fields of BN254 and BLS12-381, and of their quadratic extensions, over circuits.
//!
//! Numbers are plain, not Montgomery's. Honest circuits write the least; where it matters, which is where a number is
//! compared, looked at or published, one that is not ends the run.

use super::number::{below, honest, shifted, sub};
use core::marker::PhantomData;
use core::ops::{Add, AddAssign, Mul, MulAssign, Neg, Sub, SubAssign};

/// The circuits of a prime field, over numbers of `N` words below the prime: `circuits.rs` has them.
pub trait FieldCircuits<const N: usize> {
    /// a + b.
    fn add(a: &mut [u64; N], b: &[u64; N]);
    /// 2a.
    fn double(a: &mut [u64; N]);
    /// a − b.
    fn sub(a: &mut [u64; N], b: &[u64; N]);
    /// a·b.
    fn mul(a: &mut [u64; N], b: &[u64; N]);
    /// a².
    fn square(a: &mut [u64; N]);
    /// a·b, in the quadratic extension by a root of −1; real part first.
    fn mul2(a: &mut [[u64; N]; 2], b: &[[u64; N]; 2]);
    /// a², in the extension.
    fn square2(a: &mut [[u64; N]; 2]);
}

/// A field of integers modulo a prime p ≡ 3 (mod 4), below 2^(64·N − 1), that there are circuits for.
pub trait Prime<const N: usize>: FieldCircuits<N> + Copy + 'static {
    /// The prime.
    const MODULUS: [u64; N];
    /// (p − 3)/4: to this power, a square becomes the inverse of its root.
    const ROOT: [u64; N] = shifted(&Self::MODULUS, 2);
    /// 1/2, which is (p + 1)/2.
    const HALF: [u64; N] = {
        let mut half = shifted(&Self::MODULUS, 1);
        half[0] += 1;
        half
    };
}

/// What curves are computed over: a prime field or its quadratic extension.
///
/// An element is long, and the circuits change what they are given. Whatever returns an element copies it, since the
/// compiler cannot tell that it need not, and copies then cost more than circuits. So what is computed often is written
/// with assignments and [`Element::set`]; the operators are for the rest.
pub trait Element:
    Copy
    + PartialEq
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Neg<Output = Self>
    + for<'a> AddAssign<&'a Self>
    + for<'a> SubAssign<&'a Self>
    + for<'a> MulAssign<&'a Self>
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;

    /// a + a, in place.
    fn double(&mut self);

    /// a·a, in place.
    fn square(&mut self);

    /// Becomes another element.
    fn set(&mut self, other: &Self);

    /// Adds a·b, which is computed in a place of the caller's.
    #[inline(always)]
    fn add_product(&mut self, a: &Self, b: &Self, place: &mut Self) {
        place.set(a);
        *place *= b;
        *self += place;
    }

    /// Subtracts a·b, likewise.
    #[inline(always)]
    fn sub_product(&mut self, a: &Self, b: &Self, place: &mut Self) {
        place.set(a);
        *place *= b;
        *self -= place;
    }

    /// a·b.
    #[inline(always)]
    fn times(&self, other: &Self) -> Self {
        let mut product = Self::ZERO;
        product.set(self);
        product *= other;
        product
    }

    /// 2a.
    #[inline(always)]
    fn doubled(&self) -> Self {
        let mut double = Self::ZERO;
        double.set(self);
        double.double();
        double
    }

    /// a².
    #[inline(always)]
    fn squared(&self) -> Self {
        let mut square = Self::ZERO;
        square.set(self);
        square.square();
        square
    }

    /// 1/a; of zero, zero.
    fn inverse(&self) -> Self;

    /// A square root, if there is one.
    fn root(&self) -> Option<Self>;

    /// Whether the element is odd: its number, or that of the first part that is not zero (RFC 9380, `sgn0`).
    fn odd(&self) -> bool;

    /// Whether it is zero.
    fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }
}

/// An element of a prime field.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Fp<P, const N: usize> {
    number: [u64; N],
    field: PhantomData<P>,
}

impl<P: Prime<N>, const N: usize> Fp<P, N> {
    /// The element of a number below the modulus.
    pub const fn new(number: [u64; N]) -> Self {
        Self {
            number,
            field: PhantomData,
        }
    }

    /// A constant's number.
    pub const fn plain(&self) -> [u64; N] {
        self.number
    }

    /// The least number of the element.
    pub fn number(&self) -> &[u64; N] {
        honest(below(&self.number, &P::MODULUS));
        &self.number
    }

    /// To a power, four bits of it at a time.
    pub fn power(&self, exponent: &[u64; N]) -> Self {
        let mut powers = [Self::ONE; 16];
        for i in 1..16 {
            powers[i] = powers[i - 1] * *self;
        }
        let mut power = Self::ONE;
        let mut begun = false;
        for word in exponent.iter().rev() {
            for shift in (0..64).step_by(4).rev() {
                let digit = (word >> shift) as usize & 15;
                if begun {
                    for _ in 0..4 {
                        P::square(&mut power.number);
                    }
                }
                if digit != 0 {
                    power *= &powers[digit];
                    begun = true;
                }
            }
        }
        power
    }
}

impl<P: Prime<N>, const N: usize> PartialEq for Fp<P, N> {
    fn eq(&self, other: &Self) -> bool {
        self.number() == other.number()
    }
}

impl<P: Prime<N>, const N: usize> Element for Fp<P, N> {
    const ZERO: Self = Self::new([0; N]);
    const ONE: Self = Self::new({
        let mut one = [0; N];
        one[0] = 1;
        one
    });

    #[inline(always)]
    fn double(&mut self) {
        P::double(&mut self.number);
    }

    #[inline(always)]
    fn square(&mut self) {
        P::square(&mut self.number);
    }

    #[inline(always)]
    fn set(&mut self, other: &Self) {
        copy(&mut self.number, &other.number);
    }

    fn inverse(&self) -> Self {
        let mut two = [0; N];
        two[0] = 2;
        self.power(&sub(&P::MODULUS, &two).0)
    }

    fn root(&self) -> Option<Self> {
        let root = self.power(&P::ROOT) * *self;
        (root.squared() == *self).then_some(root)
    }

    fn odd(&self) -> bool {
        self.number()[0] & 1 == 1
    }
}

impl<P: Prime<N>, const N: usize> AddAssign<&Self> for Fp<P, N> {
    #[inline(always)]
    fn add_assign(&mut self, other: &Self) {
        P::add(&mut self.number, &other.number);
    }
}

impl<P: Prime<N>, const N: usize> SubAssign<&Self> for Fp<P, N> {
    #[inline(always)]
    fn sub_assign(&mut self, other: &Self) {
        P::sub(&mut self.number, &other.number);
    }
}

impl<P: Prime<N>, const N: usize> MulAssign<&Self> for Fp<P, N> {
    #[inline(always)]
    fn mul_assign(&mut self, other: &Self) {
        P::mul(&mut self.number, &other.number);
    }
}

/// An element of the quadratic extension: real part and coefficient of the root of −1.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Fp2<P, const N: usize> {
    parts: [[u64; N]; 2],
    field: PhantomData<P>,
}

impl<P: Prime<N>, const N: usize> Fp2<P, N> {
    /// The element of its parts.
    pub const fn new(real: Fp<P, N>, imaginary: Fp<P, N>) -> Self {
        Self {
            parts: [real.number, imaginary.number],
            field: PhantomData,
        }
    }

    /// The real part.
    pub fn real(&self) -> Fp<P, N> {
        Fp::new(self.parts[0])
    }

    /// The imaginary part.
    pub fn imaginary(&self) -> Fp<P, N> {
        Fp::new(self.parts[1])
    }

    /// The element with the other sign before the imaginary part: its pth power.
    #[inline(always)]
    pub fn conjugate(&self) -> Self {
        let mut conjugate = Self::ZERO;
        conjugate.parts[0] = self.parts[0];
        P::sub(&mut conjugate.parts[1], &self.parts[1]);
        conjugate
    }

    /// Times an element of the prime field.
    pub fn scale(&mut self, by: &Fp<P, N>) {
        let [real, imaginary] = &mut self.parts;
        P::mul(real, &by.number);
        P::mul(imaginary, &by.number);
    }
}

impl<P: Prime<N>, const N: usize> PartialEq for Fp2<P, N> {
    fn eq(&self, other: &Self) -> bool {
        self.real() == other.real() && self.imaginary() == other.imaginary()
    }
}

impl<P: Prime<N>, const N: usize> Element for Fp2<P, N> {
    const ZERO: Self = Self::new(Fp::ZERO, Fp::ZERO);
    const ONE: Self = Self::new(Fp::ONE, Fp::ZERO);

    #[inline(always)]
    fn double(&mut self) {
        let [real, imaginary] = &mut self.parts;
        P::double(real);
        P::double(imaginary);
    }

    #[inline(always)]
    fn square(&mut self) {
        P::square2(&mut self.parts);
    }

    #[inline(always)]
    fn set(&mut self, other: &Self) {
        for (part, other) in self.parts.iter_mut().zip(&other.parts) {
            copy(part, other);
        }
    }

    fn inverse(&self) -> Self {
        let norm = self.real().squared() + self.imaginary().squared();
        let mut inverse = self.conjugate();
        inverse.scale(&norm.inverse());
        inverse
    }

    fn root(&self) -> Option<Self> {
        let (a, b) = (self.real(), self.imaginary());
        let norm = (a.squared() + b.squared()).root()?;
        // the real part's square is half of a ± the norm's root; b² = −4 times the product of the two
        let half = Fp::new(P::HALF);
        let mut square = (a + norm) * half;
        if square.is_zero() {
            square = (a - norm) * half;
        }
        // 1/√square up to a sign, or 1/√−square
        let inverse = square.power(&P::ROOT);
        let (first, other) = (square * inverse, b * half * inverse);
        let root = if first.squared() == square {
            Self::new(first, other)
        } else {
            Self::new(-other, first)
        };
        (root.squared() == *self).then_some(root)
    }

    fn odd(&self) -> bool {
        let real = self.real();
        if real.is_zero() {
            self.imaginary().odd()
        } else {
            real.odd()
        }
    }
}

impl<P: Prime<N>, const N: usize> AddAssign<&Self> for Fp2<P, N> {
    // twice the circuit of the prime field is cheaper than that of the extension
    #[inline(always)]
    fn add_assign(&mut self, other: &Self) {
        P::add(&mut self.parts[0], &other.parts[0]);
        P::add(&mut self.parts[1], &other.parts[1]);
    }
}

impl<P: Prime<N>, const N: usize> SubAssign<&Self> for Fp2<P, N> {
    #[inline(always)]
    fn sub_assign(&mut self, other: &Self) {
        P::sub(&mut self.parts[0], &other.parts[0]);
        P::sub(&mut self.parts[1], &other.parts[1]);
    }
}

impl<P: Prime<N>, const N: usize> MulAssign<&Self> for Fp2<P, N> {
    #[inline(always)]
    fn mul_assign(&mut self, other: &Self) {
        P::mul2(&mut self.parts, &other.parts);
    }
}

/// Copies a number. More than four words at once would be copied by a call on this target, which costs three times as
/// much, and the compiler would make one of single words, too, were it allowed to.
#[inline(always)]
fn copy<const N: usize>(number: &mut [u64; N], from: &[u64; N]) {
    for (place, word) in number.iter_mut().zip(from) {
        // SAFETY: a reference may be written to.
        unsafe { core::ptr::write_volatile(place, *word) }
    }
}

/// The operators that give a new element, by those that change one.
macro_rules! by_value {
    ($element:ident) => {
        impl<P: Prime<N>, const N: usize> Add for $element<P, N> {
            type Output = Self;
            #[inline(always)]
            fn add(mut self, other: Self) -> Self {
                self += &other;
                self
            }
        }
        impl<P: Prime<N>, const N: usize> Sub for $element<P, N> {
            type Output = Self;
            #[inline(always)]
            fn sub(mut self, other: Self) -> Self {
                self -= &other;
                self
            }
        }
        impl<P: Prime<N>, const N: usize> Mul for $element<P, N> {
            type Output = Self;
            #[inline(always)]
            fn mul(mut self, other: Self) -> Self {
                self *= &other;
                self
            }
        }
        impl<P: Prime<N>, const N: usize> Neg for $element<P, N> {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                Self::ZERO - self
            }
        }
    };
}

by_value!(Fp);
by_value!(Fp2);
