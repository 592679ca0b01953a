//! Writes SP1's hand-written guests as files: `write_sp1_guests FOLDER`.

fn main() -> std::io::Result<()> {
    let folder = std::path::PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| ".".into()));
    std::fs::create_dir_all(&folder)?;
    for guest in zkperf_testkit::sp1::sp1_guests() {
        std::fs::write(folder.join(format!("{}.elf", guest.name)), &guest.elf)?;
        for (at, input) in guest.inputs.iter().enumerate() {
            std::fs::write(folder.join(format!("{}.{at}.bin", guest.name)), input)?;
        }
    }
    Ok(())
}
