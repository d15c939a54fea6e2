//! Embeds the built frontend and its words, compressed beforehand: the program is one file to copy.
//!
//! It never builds the frontend. Without one the program still builds, and says so on the page it serves.

use std::{
    collections::hash_map::DefaultHasher,
    env,
    error::Error,
    fmt::Write as _,
    fs,
    hash::{Hash, Hasher},
    io::Write as _,
    path::{Path, PathBuf},
};

#[path = "../frontend/words/pack.rs"]
mod pack;

/// What is worth compressing at all.
const MIN_BYTES: usize = 256;

fn main() -> Result<(), Box<dyn Error>> {
    let dist = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../dist");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    println!("cargo:rerun-if-changed={}", dist.display());
    println!("cargo:rerun-if-changed=build.rs");

    let mut hasher = DefaultHasher::new();
    let mut table = String::from("static ASSETS: &[Asset] = &[\n");
    let mut assets = Vec::new();
    for file in files(&dist)? {
        let name = file.file_name().and_then(|name| name.to_str()).ok_or("a file of dist has no proper name")?;
        assets.push((name.to_owned(), fs::read(&file)?));
    }
    let words = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../frontend/words");
    println!("cargo:rerun-if-changed={}", words.display());
    let languages = pack::read_all(&words)?;
    let keys: Vec<&str> = languages.first().into_iter().flat_map(|language| &language.texts).map(|text| &*text.key).collect();
    let texts: Vec<(&str, String)> = languages.iter().map(|language| (language.tag, language.packed())).collect();
    fs::write(out.join("words.rs"), format!("static KEYS: &[&str] = &{keys:?};\nstatic LANGUAGES: &[(&str, &str)] = &{texts:?};\n"))?;
    assets.extend(languages.iter().map(|language| (language.file_name(), language.packed().into_bytes())));
    for (name, plain) in &assets {
        let Some(media_type) = media_type(name) else { continue };
        name.hash(&mut hasher);
        plain.hash(&mut hasher);
        let is_template = matches!(&**name, "index.html" | "embed.js");
        let (brotli, gzip) = if is_template || plain.len() < MIN_BYTES { (Vec::new(), Vec::new()) } else { (brotli(plain)?, gzip(plain)?) };
        let keep = |suffix: &str, bytes: &[u8]| -> Result<PathBuf, Box<dyn Error>> {
            let path = out.join(format!("{name}{suffix}"));
            fs::write(&path, bytes)?;
            Ok(path)
        };
        let (plain, brotli, gzip) = (keep("", plain)?, keep(".br", &brotli)?, keep(".gz", &gzip)?);
        writeln!(
            table,
            "    Asset {{ name: {name:?}, media_type: {media_type:?}, plain: include_bytes!({plain:?}), brotli: include_bytes!({brotli:?}), gzip: include_bytes!({gzip:?}) }},"
        )?;
    }
    table.push_str("];\n");
    fs::write(out.join("assets.rs"), table)?;
    println!("cargo:rustc-env=GUEST_PORTAL_FRONTEND_HASH={:016x}", hasher.finish());
    Ok(())
}

fn files(dist: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    if !dist.join("index.html").exists() {
        return Ok(Vec::new());
    }
    let mut files: Vec<PathBuf> = fs::read_dir(dist)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    files.retain(|path| path.is_file());
    files.sort();
    Ok(files)
}

fn media_type(name: &str) -> Option<&'static str> {
    Some(match Path::new(name).extension()?.to_str()? {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "txt" => "text/plain; charset=utf-8",
        _ => return None,
    })
}

fn brotli(plain: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut packed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, size_hint: plain.len(), ..Default::default() };
    brotli::BrotliCompress(&mut &*plain, &mut packed, &parameters)?;
    Ok(packed)
}

fn gzip(plain: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(plain)?;
    Ok(encoder.finish()?)
}
