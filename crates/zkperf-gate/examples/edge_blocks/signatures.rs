//! ECDSA: recovery over secp256k1, verification over P-256.

use num_bigint::BigUint;

use super::curve::{p256, secp256k1, Curve};
use super::vector::{call, digest, keccak_hash, padded, word, Expected, Vector};

fn ecrecover_of(
    name: impl Into<String>,
    z: &[u8],
    v: Vec<u8>,
    r: &[u8],
    s: &[u8],
    expected: Expected,
) -> Vector {
    call(1, 3_000, name, [z, &v, r, s].concat(), expected)
}

/// A recovery whose key is known because the nonce is: (s k - z) / r. Zero is the point at infinity: no key.
fn forged(curve: &Curve, name: &str, k: u64, z: &BigUint, s: &BigUint) -> Vector {
    let n = &curve.n;
    let (r, odd) = nonce_point(curve, k);
    let inverse = Curve::inverse(&BigUint::from_bytes_be(&r), n);
    let key = ((s * k) % n + n - z % n) * inverse % n;
    let expected = match curve.multiply(&curve.g, &key) {
        Some((x, y)) => {
            let mut address = keccak_hash(&[padded(&x), padded(&y)].concat()).to_vec();
            address[..12].fill(0);
            address
        }
        None => Vec::new(),
    };
    let v = word(27 + u64::from(odd));
    ecrecover_of(
        name,
        &padded(z),
        v,
        &r,
        &padded(s),
        Expected::Output(expected),
    )
}

/// x of k G, and whether its y is odd.
fn nonce_point(curve: &Curve, k: u64) -> (Vec<u8>, bool) {
    let (x, y) = curve.multiply(&curve.g, &k.into()).unwrap_or_default();
    (padded(&x), y.bit(0))
}

/// 0x01.
pub fn ecrecover() -> Vec<Vector> {
    let curve = secp256k1();
    let n = &curve.n;
    let half: BigUint = n >> 1usize;
    let hash = BigUint::from_bytes_be(&digest("edge message", 0)) % n;
    let (zero, one) = (BigUint::from(0u32), BigUint::from(1u32));
    let all: BigUint = (BigUint::from(1u32) << 256usize) - 1u32;
    let mut vectors = Vec::new();
    for k in [1u64, 2, 3, 5, 1 << 40] {
        for (name, z, s) in [
            ("any", hash.clone(), &hash >> 3),
            ("hash of zeros", zero.clone(), hash.clone()),
            ("hash at the order", n.clone(), hash.clone()),
            ("hash above the order", all.clone(), hash.clone()),
            ("s = 1", hash.clone(), one.clone()),
            ("s at half the order", hash.clone(), half.clone()),
            ("s above half the order", hash.clone(), &half + 1u32),
            ("s = order - 1", hash.clone(), n - 1u32),
            // s R and -z G, which are added, are each other's negative, or the same point.
            (
                "the key is the point at infinity",
                (&hash * k) % n,
                hash.clone(),
            ),
            ("the sum is a doubling", n - (&hash * k) % n, hash.clone()),
        ] {
            vectors.push(forged(&curve, &format!("k = {k}, {name}"), k, &z, &s));
        }
    }
    let (r, odd) = nonce_point(&curve, 7);
    let (z, s, v) = (padded(&hash), padded(&one), word(27 + u64::from(odd)));
    let no_key = || Expected::Output(Vec::new());
    let (order, nothing, ones) = (padded(n), padded(&zero), padded(&all));
    for (name, v, r, s) in [
        ("r = 0", v.clone(), &nothing, &s),
        ("s = 0", v.clone(), &r, &nothing),
        ("r at the order", v.clone(), &order, &s),
        ("s at the order", v.clone(), &r, &order),
        ("r of ones", v.clone(), &ones, &s),
        ("s of ones", v.clone(), &r, &ones),
        ("v = 0", word(0), &r, &s),
        ("v = 1", word(1), &r, &s),
        ("v = 26", word(26), &r, &s),
        ("v = 29", word(29), &r, &s),
        ("v = 27 + 256", word(27 + 256), &r, &s),
    ] {
        vectors.push(ecrecover_of(name, &z, v, r, s, no_key()));
    }
    // Half of all r are no x of a point.
    for r in 1u64..=12 {
        let name = format!("r = {r}");
        vectors.push(ecrecover_of(
            name,
            &z,
            word(28),
            &word(r),
            &s,
            Expected::Reference,
        ));
    }
    let whole = [&z[..], &v, &r, &s].concat();
    let long = [&whole[..], &[9; 40]].concat();
    vectors.push(call(1, 3_000, "nothing", Vec::new(), no_key()));
    vectors.push(call(
        1,
        3_000,
        "cut before s",
        whole[..96].to_vec(),
        no_key(),
    ));
    vectors.push(call(
        1,
        3_000,
        "cut within s",
        whole[..127].to_vec(),
        no_key(),
    ));
    vectors.push(call(1, 3_000, "bytes behind it", long, Expected::Reference));
    vectors
}

/// 0x100 (EIP-7951).
pub fn p256_verify() -> Vec<Vector> {
    let curve = p256();
    let (n, p) = (&curve.n, &curve.p);
    let number = |label: &str| BigUint::from_bytes_be(&digest(label, 0)) % n;
    let (key, hash) = (
        number("edge p256 key"),
        digest("edge p256 message", 0).to_vec(),
    );
    let (x, y) = curve.multiply(&curve.g, &key).unwrap_or_default();
    let z = BigUint::from_bytes_be(&hash);
    let (r, s, _) = curve.sign(&key, &number("edge p256 nonce"), &z);
    let (other_s, other_y) = (padded(&(n - &s)), padded(&(p - &y)));
    let beyond_x = padded(&((&x + p) % (BigUint::from(1u32) << 256)));
    let (r, s, x, y) = (padded(&r), padded(&s), padded(&x), padded(&y));
    let (zero, order, prime) = (vec![0; 32], padded(n), padded(p));
    let yes = || Expected::Output(word(1));
    let no = || Expected::Output(Vec::new());
    let make = |name: &str, parts: [&[u8]; 5], expected| {
        call(0x100, 7_000, name, parts.concat(), expected)
    };
    let mut wrong = hash.clone();
    wrong[31] ^= 1;
    let whole = [&hash[..], &r, &s, &x, &y].concat();
    vec![
        make("valid", [&hash, &r, &s, &x, &y], yes()),
        make("valid, the other s", [&hash, &r, &other_s, &x, &y], yes()),
        make("another hash", [&wrong, &r, &s, &x, &y], no()),
        make("hash of zeros", [&zero, &r, &s, &x, &y], no()),
        make("the other y", [&hash, &r, &s, &x, &other_y], no()),
        make("r = 0", [&hash, &zero, &s, &x, &y], no()),
        make("s = 0", [&hash, &r, &zero, &x, &y], no()),
        make("r at the order", [&hash, &order, &s, &x, &y], no()),
        make("s at the order", [&hash, &r, &order, &x, &y], no()),
        make(
            "the point at infinity as key",
            [&hash, &r, &s, &zero, &zero],
            no(),
        ),
        make(
            "a key that is not on the curve",
            [&hash, &r, &s, &y, &x],
            no(),
        ),
        make("x at the prime", [&hash, &r, &s, &prime, &y], no()),
        make("x beyond the prime", [&hash, &r, &s, &beyond_x, &y], no()),
        call(0x100, 7_000, "nothing", Vec::new(), no()),
        call(0x100, 7_000, "one byte short", whole[..159].to_vec(), no()),
        call(
            0x100,
            7_000,
            "one byte long",
            [whole, vec![0]].concat(),
            no(),
        ),
    ]
}
