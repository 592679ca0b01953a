//! Writes the input of a recorded mainnet block: `write_input BLOCK.json.zst OUT [zisk]`. With `zisk`, in the framing
//! that ZisK's emulators take (u64 length, bytes, zeros to a multiple of 8).

#[path = "../tests/support/mod.rs"]
#[allow(dead_code)]
mod support;

fn main() {
    let mut args = std::env::args().skip(1);
    let (Some(from), Some(to)) = (args.next(), args.next()) else {
        eprintln!("usage: write_input BLOCK.json.zst OUT [zisk]");
        std::process::exit(2);
    };
    let recorded = support::Recorded::read(from.as_ref());
    let encoded = recorded.input().encode();
    let framed = match args.next().as_deref() {
        Some("zisk") => {
            let mut framed = (encoded.len() as u64).to_le_bytes().to_vec();
            framed.extend_from_slice(&encoded);
            framed.resize(framed.len().next_multiple_of(8), 0);
            framed
        }
        _ => encoded,
    };
    std::fs::write(&to, framed).expect("the output file can be written");
}
