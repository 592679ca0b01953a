//! Writes every hand-written guest to a folder: `NAME.elf` and `NAME.bin` (its input).

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".into());
    std::fs::create_dir_all(&folder)?;
    for guest in zkperf_testkit::guests() {
        std::fs::write(format!("{folder}/{}.elf", guest.name), &guest.elf)?;
        std::fs::write(format!("{folder}/{}.bin", guest.name), &guest.input)?;
        println!("{} {:?} functions={}", guest.name, guest.ending, guest.functions);
    }
    Ok(())
}
