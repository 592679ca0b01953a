//! Tells crates/zkperf-zisk which version's crates it is compiled against.

fn main() {
    println!("cargo::rustc-cfg=zisk_version=\"1.2.0-alpha\"");
    println!("cargo::rerun-if-changed=build.rs");
}
