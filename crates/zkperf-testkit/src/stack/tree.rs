//! Calling-context trees as text.
//!
//! A line is a context: its function, how often it was entered, what instructions it executed itself, and
//! how it was entered first unless by a call. It stands below its caller, two spaces further in:
//!
//! ```text
//! main x1 [2+2*3+3]
//!   f x3 [4]
//!     g x3 [2] tail
//! ```
//!
//! The count is a sum of products, so that a reader finds the text's lines in it: here two instructions of
//! `enter`, twice three in a loop, three of `leave`.

/// The same tree with all counts computed and no comments, as a profile is written down.
pub fn canonical(tree: &str) -> String {
    let lines = tree
        .lines()
        .map(|line| line.split('#').next().unwrap_or(""));
    let lines: Vec<&str> = lines.filter(|line| !line.trim().is_empty()).collect();
    let margin = |line: &str| line.len() - line.trim_start().len();
    let least = lines.iter().map(|line| margin(line)).min().unwrap_or(0);
    let mut out = String::new();
    for line in lines {
        let (before, rest) = line[least..].rsplit_once('[').expect("[count]");
        let (count, after) = rest.split_once(']').expect("[count]");
        let count = sum(count);
        out += format!("{before}[{count}]{after}").trim_end();
        out.push('\n');
    }
    out
}

fn sum(text: &str) -> u64 {
    text.split('+').map(product).sum()
}

fn product(text: &str) -> u64 {
    let number = |factor: &str| -> u64 {
        let factor = factor.trim();
        factor
            .parse()
            .unwrap_or_else(|_| panic!("{factor} is no count"))
    };
    text.split('*').map(number).product()
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn counts_are_sums_of_products_and_margins_go() {
        let tree = "
            main x1 [2+2*3+3]   # a comment
              f x3 [4*2*2]
                g x3 [2] tail
        ";
        assert_eq!(
            canonical(tree),
            "main x1 [11]\n  f x3 [16]\n    g x3 [2] tail\n"
        );
    }
}
