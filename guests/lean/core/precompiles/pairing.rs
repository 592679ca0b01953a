//! Whether a product of pairings is one: the optimal ate pairing on BN254 and BLS12-381.
//!
//! An element of the twelfth extension is a polynomial in w over the quadratic one, modulo w⁶ − ξ. With circuits for
//! the quadratic extension, a product there costs as much as two additions, so products are made the plain way: what
//! Karatsuba saves in products he loses in additions and copies.

use super::field::{Element, Fp, Fp2, Prime};

/// What a curve with a pairing has besides its base field.
pub trait Pairing<const N: usize>: Prime<N> {
    /// ξ, which has no square and no third root in the quadratic extension.
    const XI: Fp2<Self, N>;
    /// ξ to the power (p − 1)/6: what w is multiplied by when it is taken to its pth power.
    const GAMMA: Fp2<Self, N>;
    /// The twist is y² = x³ + b.
    const TWIST_B: Fp2<Self, N>;
    /// The twist is that by division by w: (x, y) stands for (x·w², y·w³). Otherwise for (x/w², y/w³).
    const DIVISIVE: bool;
    /// Signed digits of the loop's length, least significant first.
    const LOOP: &'static [i8];

    /// What the loop over its digits leaves to be done.
    fn finish(f: &mut Fp12<Self, N>, pairs: &mut [Pair<Self, N>]);

    /// Whether the power is one that is left after the exponent (p⁶ − 1)(p² + 1).
    fn is_one(f: &Fp12<Self, N>) -> bool;
}

/// Coordinates of a point of the first group and of one of the second, neither at infinity.
pub type Points<P, const N: usize> = ((Fp<P, N>, Fp<P, N>), (Fp2<P, N>, Fp2<P, N>));

/// Whether the product of the pairings of all pairs is one. Points are of the groups of prime order.
pub fn product_is_one<P: Pairing<N>, const N: usize>(points: &[Points<P, N>]) -> bool {
    // a pairing of two points of prime order is not one
    if points.len() < 2 {
        return points.is_empty();
    }
    let mut pairs: Vec<_> = points.iter().map(Pair::new).collect();
    let mut f = Fp12::<P, N>::ONE;
    let digits = P::LOOP.iter().rev().skip(1);
    for (step, digit) in digits.enumerate() {
        if step > 0 {
            f = f.square();
        }
        for pair in &mut pairs {
            pair.double();
            f.mul_line(&pair.line);
            if *digit != 0 {
                let point = if *digit > 0 { pair.q } else { pair.negative() };
                pair.add(&point);
                f.mul_line(&pair.line);
            }
        }
    }
    P::finish(&mut f, &mut pairs);
    // to the power p⁶ − 1, then p² + 1
    let conjugate = f.conjugate();
    let f = conjugate.mul(&f.inverse());
    P::is_one(&f.frobenius().frobenius().mul(&f))
}

/// A pair of points, and the multiple of the second that the loop has come to: (x/z, y/z).
pub struct Pair<P, const N: usize> {
    at: (Fp<P, N>, Fp<P, N>),
    three_x: Fp<P, N>,
    minus_x: Fp<P, N>,
    minus_y: Fp<P, N>,
    /// The second point.
    pub q: (Fp2<P, N>, Fp2<P, N>),
    x: Fp2<P, N>,
    y: Fp2<P, N>,
    z: Fp2<P, N>,
    /// The last line through points of the twist, at the point of the curve: three coefficients, of what
    /// [`Fp12::mul_line`] says.
    pub line: [Fp2<P, N>; 3],
}

impl<P: Pairing<N>, const N: usize> Pair<P, N> {
    fn new((at, q): &Points<P, N>) -> Self {
        Self {
            at: *at,
            three_x: at.0.doubled() + at.0,
            minus_x: -at.0,
            minus_y: -at.1,
            q: *q,
            x: q.0,
            y: q.1,
            z: Fp2::ONE,
            line: [Fp2::ZERO; 3],
        }
    }

    fn negative(&self) -> (Fp2<P, N>, Fp2<P, N>) {
        (self.q.0, -self.q.1)
    }

    /// Doubles the multiple; the line is the tangent there.
    fn double(&mut self) {
        // with e = 3b'·z²: (2xy·(y² − 3e), y⁴ + 3e·(2y² − e), 8y³z), four times the usual coordinates
        let [mut f, mut sum] = [Fp2::ZERO; 2];
        let (yz, slope, e) = Self::terms(&mut self.line);
        slope.set(&self.x);
        slope.square();
        self.x *= &self.y;
        self.x.double();
        yz.set(&self.y);
        *yz *= &self.z;
        yz.double();
        self.z.square();
        self.z *= &P::TWIST_B;
        e.set(&self.z);
        e.double();
        *e += &self.z;
        f.set(e);
        f.double();
        f += e;
        self.y.square();
        self.z.set(&self.y);
        self.z *= yz;
        self.z.double();
        self.z.double();
        sum.set(&self.y);
        sum -= &f;
        self.x *= &sum;
        sum.set(&self.y);
        sum.double();
        sum -= e;
        sum *= &f;
        *e -= &self.y;
        self.y.square();
        self.y += &sum;
        yz.scale(&self.minus_y);
        slope.scale(&self.three_x);
    }

    /// Adds a point to the multiple, which is not the same, nor its negative; the line is that through both.
    pub fn add(&mut self, (x, y): &(Fp2<P, N>, Fp2<P, N>)) {
        let [mut cube, mut sum, mut place] = [Fp2::ZERO; 3];
        let (run, rise, constant) = Self::terms(&mut self.line);
        rise.set(&self.y);
        rise.sub_product(y, &self.z, &mut place);
        run.set(&self.x);
        run.sub_product(x, &self.z, &mut place);
        constant.set(rise);
        *constant *= x;
        constant.sub_product(run, y, &mut place);
        cube.set(run);
        cube.square();
        self.x *= &cube;
        cube *= run;
        sum.set(rise);
        sum.square();
        sum *= &self.z;
        sum += &cube;
        sum -= &self.x;
        sum -= &self.x;
        self.x -= &sum;
        self.x *= rise;
        self.y *= &cube;
        self.x -= &self.y;
        self.y.set(&self.x);
        self.x.set(run);
        self.x *= &sum;
        self.z *= &cube;
        run.scale(&self.at.1);
        rise.scale(&self.minus_x);
    }

    /// Where the coefficients of y, of x and the constant of a line are.
    #[inline(always)]
    fn terms(
        [first, second, third]: &mut [Fp2<P, N>; 3],
    ) -> (&mut Fp2<P, N>, &mut Fp2<P, N>, &mut Fp2<P, N>) {
        if P::DIVISIVE {
            (first, second, third)
        } else {
            (third, second, first)
        }
    }
}

/// An element of the twelfth extension: coefficients of 1, w, … w⁵.
#[derive(Clone, Copy)]
pub struct Fp12<P, const N: usize>([Fp2<P, N>; 6]);

impl<P: Pairing<N>, const N: usize> Fp12<P, N> {
    /// 1.
    pub const ONE: Self = {
        let mut coefficients = [Fp2::ZERO; 6];
        coefficients[0] = Fp2::ONE;
        Self(coefficients)
    };

    /// Whether it is one.
    pub fn is_one(&self) -> bool {
        self.0 == Self::ONE.0
    }

    /// a·b.
    pub fn mul(&self, other: &Self) -> Self {
        let mut product = Self::ONE;
        self.mul_to(other, &mut product);
        product
    }

    fn mul_to(&self, other: &Self, product: &mut Self) {
        // b's coefficients once more times ξ, for what goes beyond w⁵
        let high = other.times_xi();
        let mut place = Fp2::ZERO;
        for k in 0..6 {
            let sum = &mut product.0[k];
            sum.set(&self.0[k]);
            *sum *= &other.0[0];
            for i in 0..6 {
                if i < k {
                    sum.add_product(&self.0[i], &other.0[k - i], &mut place);
                } else if i > k {
                    sum.add_product(&self.0[i], &high[k + 6 - i], &mut place);
                }
            }
        }
    }

    /// a².
    pub fn square(&self) -> Self {
        let mut twice = *self;
        for coefficient in &mut twice.0[..5] {
            coefficient.double();
        }
        let high = self.times_xi();
        let mut product = Self([Fp2::ZERO; 6]);
        let mut place = Fp2::ZERO;
        for i in 0..6 {
            for (j, high) in high.iter().enumerate().skip(i) {
                let first = if i == j { &self.0[i] } else { &twice.0[i] };
                if i + j < 6 {
                    product.0[i + j].add_product(first, &self.0[j], &mut place);
                } else {
                    product.0[i + j - 6].add_product(first, high, &mut place);
                }
            }
        }
        product
    }

    /// Multiplies by a line: y + x·w + c·w³ of a twist by division; else c + x·w² + y·w³, which is w³ times it.
    pub fn mul_line(&mut self, [first, second, third]: &[Fp2<P, N>; 3]) {
        let before = *self;
        for coefficient in &mut self.0 {
            *coefficient *= first;
        }
        let [mut high, mut place] = [Fp2::ZERO; 2];
        for (power, term) in [(if P::DIVISIVE { 1 } else { 2 }, second), (3, third)] {
            high.set(term);
            high *= &P::XI;
            for (i, coefficient) in before.0.iter().enumerate() {
                if i + power < 6 {
                    self.0[i + power].add_product(coefficient, term, &mut place);
                } else {
                    self.0[i + power - 6].add_product(coefficient, &high, &mut place);
                }
            }
        }
    }

    /// The coefficients times ξ, but for the first, which never goes that far.
    fn times_xi(&self) -> [Fp2<P, N>; 6] {
        let mut high = self.0;
        for coefficient in &mut high[1..] {
            *coefficient *= &P::XI;
        }
        high
    }

    /// The p⁶th power: −w for w. What is left after the exponent p⁶ − 1 has it as its inverse.
    pub fn conjugate(&self) -> Self {
        let mut conjugate = *self;
        for i in [1, 3, 5] {
            conjugate.0[i] = -self.0[i];
        }
        conjugate
    }

    /// The pth power.
    pub fn frobenius(&self) -> Self {
        let mut power = *self;
        let mut scale = Fp2::ONE;
        for coefficient in &mut power.0 {
            *coefficient = coefficient.conjugate();
            *coefficient *= &scale;
            scale *= &P::GAMMA;
        }
        power
    }

    /// 1/a; of zero, zero.
    fn inverse(&self) -> Self {
        // a times its conjugate is a polynomial in v = w², modulo v³ − ξ
        let conjugate = self.conjugate();
        let [n0, _, n1, _, n2, _] = self.mul(&conjugate).0;
        let a = n0.squared() - n1 * n2 * P::XI;
        let b = n2.squared() * P::XI - n0 * n1;
        let c = n1.squared() - n0 * n2;
        let norm = n0 * a + (n2 * b + n1 * c) * P::XI;
        let inverse = norm.inverse();
        let zero = Fp2::ZERO;
        conjugate.mul(&Self([
            a * inverse,
            zero,
            b * inverse,
            zero,
            c * inverse,
            zero,
        ]))
    }

    /// a², of what is left after the exponent (p⁶ − 1)(p² + 1) (Granger and Scott): three squares in between, where
    /// w³ is a root of ξ.
    pub fn cyclotomic_square(&self) -> Self {
        let mut square = Self([Fp2::ZERO; 6]);
        self.cyclotomic_square_to(&mut square);
        square
    }

    fn cyclotomic_square_to(&self, square: &mut Self) {
        let [a, b, c, d, e, f] = &self.0;
        let [even, up_b, even_c, up_d, even_e, up_f] = &mut square.0;
        let mut place = Fp2::ZERO;
        square4(a, d, even, up_d, &mut place);
        square4(b, e, even_c, up_f, &mut place);
        square4(c, f, even_e, up_b, &mut place);
        *up_b *= &P::XI;
        // three times these, less or more twice what there was
        for (i, (new, old)) in square.0.iter_mut().zip(&self.0).enumerate() {
            place.set(new);
            if i % 2 == 0 {
                *new -= old;
            } else {
                *new += old;
            }
            new.double();
            *new += &place;
        }
    }

    /// To the power of a number of signed digits, least significant first; of the same elements.
    pub fn cyclotomic_power(&self, digits: &[i8]) -> Self {
        let conjugate = self.conjugate();
        // the most significant digit is one
        let mut places = [*self; 2];
        let [power, square] = &mut places;
        let (mut power, mut square) = (power, square);
        for digit in digits.iter().rev().skip(1) {
            power.cyclotomic_square_to(square);
            match digit {
                0 => core::mem::swap(&mut power, &mut square),
                1 => square.mul_to(self, power),
                _ => square.mul_to(&conjugate, power),
            }
        }
        *power
    }
}

/// (a + b·s)², where s² = ξ: both coefficients, computed with one more place.
#[inline(always)]
fn square4<P: Pairing<N>, const N: usize>(
    a: &Fp2<P, N>,
    b: &Fp2<P, N>,
    constant: &mut Fp2<P, N>,
    linear: &mut Fp2<P, N>,
    place: &mut Fp2<P, N>,
) {
    place.set(b);
    place.square();
    *place *= &P::XI;
    constant.set(a);
    constant.square();
    *constant += place;
    linear.set(a);
    *linear *= b;
    linear.double();
}
