//! Commands of a repository's own: texts with places to fill in.

/// Puts values into the `{name}` places of a command, each quoted for `sh`. Braces that hold no plain name are
/// the shell's and stay as they are.
///
/// # Errors
/// A place whose name nobody knows: a text for people that lists those there are.
pub fn expand(command: &str, values: &[(&str, &str)]) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = command;
    while let Some(begin) = rest.find('{') {
        let (before, place) = rest.split_at(begin);
        out += before;
        let name = place[1..].split('}').next().unwrap_or_default();
        let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        // `${name}` is the shell's.
        if !is_name || !place[1..].contains('}') || before.ends_with('$') {
            out.push('{');
            rest = &place[1..];
            continue;
        }
        match values.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => out += &quote(value),
            None => {
                let known: Vec<String> = values
                    .iter()
                    .map(|(name, _)| format!("{{{name}}}"))
                    .collect();
                let known = known.join(", ");
                return Err(format!(
                    "there is no {{{name}}} to fill in; there are: {known}"
                ));
            }
        }
        rest = &place[name.len() + 2..];
    }
    Ok(out + rest)
}

/// A word for `sh`, in quotes where it needs them.
pub fn quote(word: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_-./:=@%+,".contains(&b);
    if !word.is_empty() && word.bytes().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::{expand, quote};

    #[test]
    fn places_are_filled_and_quoted() {
        let values = [("out", "/tmp/a b/x.bin"), ("block", "7"), ("odd", "it's")];
        assert_eq!(
            expand("make {block} > {out} {odd}", &values).as_deref(),
            Ok("make 7 > '/tmp/a b/x.bin' 'it'\\''s'")
        );
        let shell = "for f in a; do echo ${f} {A,B} {} {block; done";
        assert_eq!(expand(shell, &values).as_deref(), Ok(shell));
        let unknown = expand("x {blok}", &values).expect_err("unknown");
        assert!(
            unknown.contains("{blok}") && unknown.contains("{block}"),
            "{unknown}"
        );
        assert_eq!(quote(""), "''");
    }
}
