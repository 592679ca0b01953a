//! Numbers as people read them. Here, because engines' text reports and the views need the same.

/// A number with a comma after every third digit: `1,234,567`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The same with its sign, whatever its size: `+1,234`, `-5`, `0`.
pub fn signed(number: i128) -> String {
    let digits = number.unsigned_abs();
    let digits = u64::try_from(digits).map_or_else(|_| digits.to_string(), thousands);
    match number {
        0 => digits,
        number if number < 0 => format!("-{digits}"),
        _ => format!("+{digits}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{signed, thousands};

    #[test]
    fn signs() {
        assert_eq!([signed(-1234), signed(0), signed(5)], ["-1,234", "0", "+5"]);
        let beyond = i128::from(u64::MAX) + 1;
        assert_eq!(signed(-beyond), "-18446744073709551616");
    }

    #[test]
    fn every_third_digit() {
        let cases = [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (12_345_678, "12,345,678"),
            (u64::MAX, "18,446,744,073,709,551,615"),
        ];
        for (number, text) in cases {
            assert_eq!(thousands(number), text);
        }
    }
}
