//! Field elements mapped to BLS12-381's groups: the simplified SWU map to an isogenous curve, the isogeny, and out of
//! the cofactor (RFC 9380, 6.6.3, 8.8 and appendix E).

use super::bls12::{
    self, constant, constant2, encoded_g1, encoded_g2, frobenius, number, times_seed, Bls12, Fq,
    Fq2, G2, SEED,
};
use super::curve;
use super::field::Element;
use ark_ec::hashing::curve_maps::{swu::SWUConfig, wb::WBConfig};
use ark_ec::short_weierstrass::SWCurveConfig;

/// A field with a curve y² = x³ + a·x + b to map to and an isogeny from there.
trait Map: Element + 'static {
    const A: Self;
    const B: Self;
    /// Not a square.
    const Z: Self;
    /// Numerator and denominator of x, then of y's factor: polynomials in x, constant coefficient first.
    const ISOGENY: [&'static [Self]; 4];
}

type Source1 = <ark_bls12_381::g1::Config as WBConfig>::IsogenousCurve;
type Source2 = <ark_bls12_381::g2::Config as WBConfig>::IsogenousCurve;

/// Coefficients as arkworks has them, which must be as many.
macro_rules! coefficients {
    ($config:ty, $list:ident, $constant:ident, $element:ty, $length:literal) => {{
        const LIST: [$element; $length] = {
            let list = <$config as WBConfig>::ISOGENY_MAP.$list;
            assert!(list.len() == $length);
            let (mut coefficients, mut i) = ([<$element>::ZERO; $length], 0);
            while i < $length {
                coefficients[i] = $constant(&list[i]);
                i += 1;
            }
            coefficients
        };
        &LIST
    }};
}

impl Map for Fq {
    const A: Self = constant(&<Source1 as SWCurveConfig>::COEFF_A);
    const B: Self = constant(&<Source1 as SWCurveConfig>::COEFF_B);
    const Z: Self = constant(&<Source1 as SWUConfig>::ZETA);
    const ISOGENY: [&'static [Self]; 4] = [
        coefficients!(ark_bls12_381::g1::Config, x_map_numerator, constant, Fq, 12),
        coefficients!(
            ark_bls12_381::g1::Config,
            x_map_denominator,
            constant,
            Fq,
            11
        ),
        coefficients!(ark_bls12_381::g1::Config, y_map_numerator, constant, Fq, 16),
        coefficients!(
            ark_bls12_381::g1::Config,
            y_map_denominator,
            constant,
            Fq,
            16
        ),
    ];
}

impl Map for Fq2 {
    const A: Self = constant2(&<Source2 as SWCurveConfig>::COEFF_A);
    const B: Self = constant2(&<Source2 as SWCurveConfig>::COEFF_B);
    const Z: Self = constant2(&<Source2 as SWUConfig>::ZETA);
    const ISOGENY: [&'static [Self]; 4] = [
        coefficients!(
            ark_bls12_381::g2::Config,
            x_map_numerator,
            constant2,
            Fq2,
            4
        ),
        coefficients!(
            ark_bls12_381::g2::Config,
            x_map_denominator,
            constant2,
            Fq2,
            3
        ),
        coefficients!(
            ark_bls12_381::g2::Config,
            y_map_numerator,
            constant2,
            Fq2,
            4
        ),
        coefficients!(
            ark_bls12_381::g2::Config,
            y_map_denominator,
            constant2,
            Fq2,
            4
        ),
    ];
}

/// Maps an element to the first group.
pub fn to_g1(element: &[u8; 48]) -> Option<[u8; 96]> {
    let point = mapped(&number(element)?)?.map(|(x, y)| bls12::point(&x, &y));
    // times 1 − x of the curve
    let mut product = curve::times::<Bls12, 6>(&point, SEED);
    curve::add::<Bls12, 6>(&mut product, &point);
    Some(encoded_g1(&product))
}

/// Maps an element of the extension to the second group.
pub fn to_g2((real, imaginary): &([u8; 48], [u8; 48])) -> Option<[u8; 192]> {
    let element = Fq2::new(number(real)?, number(imaginary)?);
    let point = G2::new(mapped(&element)?);
    // x·(x·q + ψ(q)) − (x·q + ψ(q)) − q + ψ²(2q), where ψ is the pth power (Budroni and Pintore, 2017, 4.1)
    let mut sum = times_seed(&point);
    sum.add(&frobenius(&point));
    let mut product = times_seed(&sum);
    product.add(&sum.negative());
    product.add(&point.negative());
    let mut double = point;
    double.double();
    product.add(&frobenius(&frobenius(&double)));
    Some(encoded_g2(&product))
}

/// The point that an element is mapped to; `Some(None)` is the one at infinity, which the isogeny's kernel goes to.
///
/// `None` would say that neither of two numbers is a square whose quotient is none, which cannot be.
fn mapped<F: Map>(u: &F) -> Option<Option<(F, F)>> {
    let scaled = F::Z * u.squared();
    let sum = scaled.squared() + scaled;
    let divisor = F::A * if sum.is_zero() { F::Z } else { -sum };
    let first = F::B * (sum + F::ONE) * divisor.inverse();
    let (x, y) = match right(&first).root() {
        Some(y) => (first, y),
        None => {
            let second = scaled * first;
            (second, right(&second).root()?)
        }
    };
    let y = if y.odd() == u.odd() { y } else { -y };

    let [x_above, x_below, y_above, y_below] = F::ISOGENY.map(|polynomial| at(polynomial, &x));
    let below = x_below * y_below;
    if below.is_zero() {
        return Some(None);
    }
    let inverse = below.inverse();
    Some(Some((
        x_above * y_below * inverse,
        y * y_above * x_below * inverse,
    )))
}

fn right<F: Map>(x: &F) -> F {
    (x.squared() + F::A) * *x + F::B
}

fn at<F: Map>(polynomial: &[F], x: &F) -> F {
    let mut value = F::ZERO;
    for coefficient in polynomial.iter().rev() {
        value *= x;
        value += coefficient;
    }
    value
}
