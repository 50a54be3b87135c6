//! Mail as files, `<key>.eml`, for as long as no mail server is set. A file is whole or absent, and
//! on disk before the delivery counts; the same key writes the same file again.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Mail, MailError};
use crate::domain::ids::sha256_hex;

/// Letters of a key that its file's name shows; a hash of the whole key follows.
const SHOWN_KEY_BYTES: usize = 80;

const UNFINISHED: &str = "tmp";

/// The folder that mails are written to. Cloned freely.
#[derive(Clone, Debug)]
pub struct MailFiles {
    folder: PathBuf,
}

static UNFINISHED_FILES: AtomicU64 = AtomicU64::new(0);

impl MailFiles {
    /// Makes the folder, readable by its owner alone, and removes what a killed process left
    /// half-written in it. One process at a time may deliver.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|end| end == UNFINISHED) {
                fs::remove_file(path)?;
            }
        }
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    /// Writes the mail of an outbox key. When this returns `Ok`, it is on disk.
    pub async fn send(&self, key: &str, mail: &Mail) -> Result<PathBuf, MailError> {
        let bytes = mail.bytes()?;
        let path = self.path(key);
        let written = tokio::task::spawn_blocking(move || write(&path, &bytes).map(|()| path));
        Ok(written.await.map_err(io::Error::other)??)
    }

    /// Where the mail of a key is: a readable part and a hash, so that no key leaves the folder and
    /// no two share a file.
    pub fn path(&self, key: &str) -> PathBuf {
        let safe = |byte: u8| match byte {
            byte if byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' => {
                char::from(byte)
            }
            _ => '_',
        };
        let shown: String = key.bytes().take(SHOWN_KEY_BYTES).map(safe).collect();
        self.folder
            .join(format!("{shown}-{}.eml", &sha256_hex(key)[..16]))
    }
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let number = UNFINISHED_FILES.fetch_add(1, Ordering::Relaxed);
    let unfinished = path.with_extension(format!("{number}.{UNFINISHED}"));
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    let done = file
        .write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&unfinished, path));
    if done.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&unfinished);
    }
    done?;
    // The name, too, must be on disk.
    let folder = path.parent().unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}
