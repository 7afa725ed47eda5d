//! The servers in other languages: installed once, below the target directory, from the files in `benches/load`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use webhook_benches::machine::first_line;

/// Where a server is installed, or why it is not.
type Installed = Result<PathBuf, String>;

static EXPRESS: OnceLock<Installed> = OnceLock::new();
static FASTAPI: OnceLock<Installed> = OnceLock::new();

/// Express in a folder with `server.mjs` and, if npm could get it, a Node 24.
pub fn express() -> &'static Installed {
    EXPRESS.get_or_init(|| {
        let folder = copied("express", ["package.json", "server.mjs"])?;
        once(&folder, "package.json", |folder| {
            let npm = ["install", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel", "error"];
            run(Command::new("npm").args(npm).current_dir(folder))
        })?;
        Ok(folder)
    })
}

/// FastAPI in a folder with `server.py` and a virtual environment `venv`.
pub fn fastapi() -> &'static Installed {
    FASTAPI.get_or_init(|| {
        let folder = copied("fastapi", ["requirements.txt", "server.py"])?;
        once(&folder, "requirements.txt", |folder| {
            run(Command::new("python3").args(["-m", "venv", "venv"]).current_dir(folder))?;
            let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
            run(Command::new(python(folder)).args(pip).arg("requirements.txt").current_dir(folder))
        })?;
        Ok(folder)
    })
}

/// The Node that npm brought into the folder of Express.
pub fn node_24(express: &Path) -> PathBuf {
    express.join("node_modules/node/bin/node")
}

/// The Python in the folder of FastAPI.
pub fn python(fastapi: &Path) -> PathBuf {
    fastapi.join("venv/bin/python")
}

/// Which Node, Python and packages the servers run on; nothing about one that is not installed.
pub fn versions() -> Vec<String> {
    let mut versions = Vec::new();
    if let Some(Ok(folder)) = EXPRESS.get() {
        let nodes = [node_24(folder), PathBuf::from("node")].map(|node| version(&node)).into_iter().flatten();
        let nodes = nodes.collect::<Vec<_>>().join(" and ");
        versions.push(format!("Node {nodes} with {}", npm_packages().join(", ")));
    }
    if let Some(Ok(folder)) = FASTAPI.get() {
        let python = version(&python(folder)).unwrap_or_default();
        let packages = include_str!("../../load/fastapi/requirements.txt").replace("==", " ");
        versions.push(format!("{python} with {}", packages.lines().collect::<Vec<_>>().join(", ")));
    }
    versions
}

fn npm_packages() -> Vec<String> {
    let package: serde_json::Value =
        serde_json::from_str(include_str!("../../load/express/package.json")).expect("it is JSON");
    let packages = package["dependencies"].as_object().expect("it has dependencies");
    packages.iter().map(|(name, version)| format!("{name} {}", version.as_str().expect("a text"))).collect()
}

/// What the program says its version is, when it is there and runs.
pub fn version(program: &Path) -> Option<String> {
    first_line(Command::new(program).arg("--version"))
}

fn copied(name: &str, files: [&str; 2]) -> Result<PathBuf, String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("load").join(name);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("load").join(name);
    let copy = || {
        fs::create_dir_all(&folder)?;
        files.iter().try_for_each(|file| fs::copy(source.join(file), folder.join(file)).map(drop))
    };
    copy().map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(folder)
}

/// Installs, unless that was done from the same list of packages before.
fn once(folder: &Path, list: &str, install: impl FnOnce(&Path) -> Result<(), String>) -> Result<(), String> {
    let (list, done) = (folder.join(list), folder.join("installed"));
    let list = fs::read(list).map_err(|error| error.to_string())?;
    if fs::read(&done).is_ok_and(|done| done == list) {
        return Ok(());
    }
    eprintln!("installing in {}", folder.display());
    install(folder)?;
    fs::write(done, list).map_err(|error| error.to_string())
}

fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{name}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{name} failed: {}", String::from_utf8_lossy(&output.stderr).trim()))
}
