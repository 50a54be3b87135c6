//! One server per data folder: `DATA/serve.lock` is locked while it runs and names its address. The
//! lock goes with the process, however that ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context as _, bail};

const FILE: &str = "serve.lock";
/// Other commands look at the lock for an instant; a server asks again before it gives up.
const ATTEMPTS_MAX: usize = 20;
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(25);

/// The lock, held.
pub struct ServeLock {
    file: File,
    /// What the server before this one held leases as.
    pub last_holder: Option<String>,
}

impl ServeLock {
    /// Takes the lock; fails naming the server that has it.
    pub fn take(data: &Path) -> anyhow::Result<Self> {
        let mut file = open(data)?;
        for _ in 0..ATTEMPTS_MAX {
            match file.try_lock() {
                Ok(()) => {
                    let last_holder = read(&mut file)?.1;
                    return Ok(Self { file, last_holder });
                }
                Err(TryLockError::WouldBlock) => sleep(BETWEEN_ATTEMPTS),
                Err(TryLockError::Error(error)) => {
                    return Err(error).context("cannot lock the data folder for this server");
                }
            }
        }
        let at = match read(&mut file)?.0 {
            Some(address) => format!(" at {address}"),
            None => String::new(),
        };
        bail!(
            "another server already runs{at} on the data folder {}. Stop it first, or give \
             another folder with --data",
            data.display()
        );
    }

    /// Says where this server answers and as whom it holds conversations.
    pub fn announce(&mut self, address: &str, holder: &str) -> anyhow::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file
            .write_all(format!("{address}\n{holder}\n").as_bytes())?;
        self.file
            .sync_all()
            .context("cannot write the server's lock")
    }
}

/// Where the server of a data folder answers, when one runs.
pub fn running(data: &Path) -> anyhow::Result<Option<String>> {
    if !data.join(FILE).exists() {
        return Ok(None);
    }
    let mut file = open(data)?;
    match file.try_lock_shared() {
        Ok(()) => Ok(None),
        Err(TryLockError::WouldBlock) => Ok(read(&mut file)?.0),
        Err(TryLockError::Error(error)) => Err(error).context("cannot look at the server's lock"),
    }
}

fn open(data: &Path) -> anyhow::Result<File> {
    std::fs::create_dir_all(data)
        .with_context(|| format!("cannot make the data folder {}", data.display()))?;
    let path = data.join(FILE);
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(&path)
        .with_context(|| format!("cannot open {}", path.display()))
}

/// Address and holder, as far as they are written.
fn read(file: &mut File) -> anyhow::Result<(Option<String>, Option<String>)> {
    let mut text = String::new();
    file.rewind()?;
    file.read_to_string(&mut text)
        .context("cannot read the server's lock")?;
    let mut lines = text
        .lines()
        .map(str::to_owned)
        .filter(|line| !line.is_empty());
    Ok((lines.next(), lines.next()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_server_learns_the_address_of_the_first() {
        let folder = std::env::temp_dir().join(format!("attendant-lock-{}", std::process::id()));
        let mut first = ServeLock::take(&folder).unwrap();
        assert_eq!(first.last_holder, None);
        first.announce("http://127.0.0.1:8080", "h_1").unwrap();
        let error = ServeLock::take(&folder).err().unwrap().to_string();
        assert!(error.contains("http://127.0.0.1:8080"), "{error}");
        assert_eq!(
            running(&folder).unwrap().as_deref(),
            Some("http://127.0.0.1:8080")
        );

        drop(first);
        assert_eq!(running(&folder).unwrap(), None);
        assert_eq!(
            ServeLock::take(&folder).unwrap().last_holder.as_deref(),
            Some("h_1")
        );
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
