//! The HTML around the data.

use std::fmt::Write as _;
use std::io::Write as _;

use base64::engine::general_purpose::STANDARD;
use base64::Engine as _;
use sha2::{Digest, Sha256};
use zkperf_profile::thousands;

use super::model::PageData;
use super::strings::shown;

/// The program, built by `npm run build` in `web/`.
const SCRIPT: &str = include_str!("../../web/dist/report.js");
const STYLES: &str = include_str!("../../web/dist/report.css");

/// The whole file. Data stand in it as base64, which no name can break out of; the few texts outside of it are escaped.
/// The page may run this one script and load nothing, from anywhere.
pub(super) fn page(data: &PageData, block: &[u8]) -> String {
    let packed = STANDARD.encode(packed(data, block));
    let title = escaped(&title(data));
    let mut out = String::with_capacity(packed.len() + SCRIPT.len() + STYLES.len() + 8_192);
    let policy = format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; base-uri 'none'; form-action 'none'",
        source_hash(SCRIPT),
        source_hash(STYLES)
    );
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"generator\" content=\"{made_by}\">\n\
         <title>{title}</title>\n<style>{STYLES}</style>\n</head>\n<body>\n\
         <div id=\"app\"><p id=\"boot\" role=\"status\">Reading the profile\u{2026}</p></div>\n\
         <noscript>\n<h1>{title}</h1>\n\
         <p>This page draws the profile with a script that it contains, and the browser does not run scripts. \
         These are the totals:</p>\n{totals}</noscript>\n\
         <script type=\"application/octet-stream\" id=\"data\">{packed}</script>\n\
         <script>{SCRIPT}</script>\n</body>\n</html>\n",
        made_by = escaped(&data.made_by),
        totals = totals(data),
    );
    out
}

/// Length of the JSON in 4 bytes (little-endian), the JSON, the block; as a gzip file.
fn packed(data: &PageData, block: &[u8]) -> Vec<u8> {
    // Plain data in memory: neither JSON nor I/O can fail.
    let json = serde_json::to_vec(data).unwrap_or_default();
    // The best compression takes five times as long for two per cent.
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    let written = encoder
        .write_all(&(json.len() as u32).to_le_bytes())
        .and_then(|()| encoder.write_all(&json))
        .and_then(|()| encoder.write_all(block));
    written.and_then(|()| encoder.finish()).unwrap_or_default()
}

/// The expression by which a content security policy allows an inline script or style.
fn source_hash(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

fn title(data: &PageData) -> String {
    let lines = data.sides.iter().map(|side| shown(&side.run.line()));
    let lines: Vec<String> = lines.collect();
    format!("{} \u{2013} zkperf", lines.join(" \u{2192} "))
}

/// Every measure's totals, as a table.
fn totals(data: &PageData) -> String {
    let mut out = String::from("<table>\n");
    for (at, measure) in data.measures.iter().enumerate() {
        let _ = write!(out, "<tr><td>{}</td>", escaped(&measure.name));
        for side in &data.sides {
            let unit = escaped(&measure.unit);
            // The official integer; of what is counted in a finer unit than it is shown in, whole units.
            let scale = if measure.scale > 1 {
                1
            } else {
                measure.shown_scale
            };
            let total = thousands(side.totals[at].total.0 / scale.max(1));
            let _ = write!(out, "<td>{total} {unit}</td>");
        }
        out += "</tr>\n";
    }
    out + "</table>\n"
}

/// Text as HTML.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_cannot_end_its_own_element() {
        for text in [SCRIPT, STYLES] {
            let lower = text.to_lowercase();
            assert!(
                !lower.contains("</script")
                    && !lower.contains("</style")
                    && !lower.contains("<!--")
            );
        }
    }
}
