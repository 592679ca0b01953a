//! Writes every hand-written guest to a folder: `NAME.elf` and `NAME.bin` (its input).

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".into());
    std::fs::create_dir_all(&folder)?;
    for guest in zkperf_testkit::guests() {
        std::fs::write(format!("{folder}/{}.elf", guest.name), &guest.elf)?;
        std::fs::write(format!("{folder}/{}.bin", guest.name), &guest.input)?;
        println!(
            "{} {:?} functions={}",
            guest.name, guest.ending, guest.functions
        );
    }
    // With a number: also that many random programs.
    let random = std::env::args()
        .nth(2)
        .and_then(|n| n.parse().ok())
        .unwrap_or(0);
    for seed in 0..random {
        let guest = zkperf_testkit::random_guest(seed, None, zkperf_testkit::ZISK_1_4_0);
        std::fs::write(format!("{folder}/random_{seed}.elf"), &guest.elf)?;
        std::fs::write(format!("{folder}/random_{seed}.bin"), &guest.input)?;
        println!("random_{seed} Success functions=true");
    }
    Ok(())
}
