//! Collects the sample bodies of `webhook-core` into one table: a folder's name is the provider's, and so a new
//! provider's samples are found without a word about it here.
#![allow(clippy::print_stdout, reason = "a build script tells cargo so what it has read")]

use std::error::Error;
use std::ffi::OsStr;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../webhook-core/tests/samples");
    let root = root.canonicalize()?;
    println!("cargo::rerun-if-changed={}", root.display());
    let mut table = "const ALL: &[Sample] = &[\n".to_owned();
    for folder in sorted(&root)?.iter().filter(|path| path.is_dir()) {
        for file in sorted(folder)?.iter().filter(|path| path.extension().is_some_and(|end| end == "json")) {
            let text = |part: Option<&OsStr>| {
                part.and_then(OsStr::to_str).map(str::to_owned).ok_or("a path is not Unicode")
            };
            let (folder, name) = (text(folder.file_name())?, text(file.file_stem())?);
            let path = text(Some(file.as_os_str()))?;
            writeln!(
                table,
                "Sample {{ folder: {folder:?}, name: {name:?}, body: include_str!({path:?}) }},"
            )?;
        }
    }
    table.push_str("];\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("samples.rs"), table)?;
    Ok(())
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>, std::io::Error> {
    let mut paths =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>()?;
    paths.sort();
    Ok(paths)
}
