//! What a worker lets itself be made to do: memory and processor time, and what git's library looks at.

use std::path::Path;
use std::sync::OnceLock;

use rustix::process::{Resource, Rlimit, setrlimit};

use super::{Failed, Reason};

/// Bytes that may be allocated while a repository is fetched: a delta in a pack can claim any size.
const FETCHING: u64 = 160 << 20;

/// Bytes that may be allocated while what was fetched is compiled.
const COMPILING: u64 = 1 << 30;

/// Bytes of a pack that are mapped at once, and in one piece.
const MAPPED: usize = 48 << 20;
const WINDOW: usize = 8 << 20;

/// Memory that may be allocated from now on: exceeding it ends the process, or the git library's work.
#[derive(Debug, Clone, Copy)]
pub(super) enum Memory {
    Fetching,
    Compiling,
}

/// Bounds the process. Where a system does not know a limit, the others and the caps hold.
pub(super) fn limit(seconds: u64) {
    let both = |most| Rlimit { current: Some(most), maximum: Some(most) };
    // What is in memory are secrets.
    let _ = setrlimit(Resource::Core, both(0));
    let _ = setrlimit(Resource::Cpu, both(seconds.saturating_mul(4).saturating_add(5)));
    allow(Memory::Fetching);
}

/// Bytes that were set aside before there was a bound: the allocator sets much aside at the start that it may never use.
fn set_aside() -> u64 {
    static AT_THE_START: OnceLock<u64> = OnceLock::new();
    *AT_THE_START.get_or_init(|| {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let data = status.lines().find_map(|line| line.strip_prefix("VmData:")?.trim().strip_suffix(" kB"));
        data.and_then(|data| data.parse::<u64>().ok()).map_or(0, |data| data << 10)
    })
}

/// Moves the bound of memory.
pub(super) fn allow(memory: Memory) {
    let most = match memory {
        Memory::Fetching => FETCHING,
        Memory::Compiling => COMPILING,
    };
    let (most, maximum) = (most + set_aside(), COMPILING + set_aside());
    let _ = setrlimit(Resource::Data, Rlimit { current: Some(most), maximum: Some(maximum) });
}

/// Makes git's library look at nothing but what it is given: no configuration of the machine or of a user. `certificates` is a PEM
/// file of further authorities.
#[expect(
    unsafe_code,
    reason = "the library's settings are global, and its crate leaves it to us that nothing else uses them"
)]
pub(super) fn library(certificates: Option<&Path>, seconds: u64) -> Result<(), Failed> {
    let milliseconds = |seconds: u64| i32::try_from(seconds.saturating_mul(1000)).unwrap_or(i32::MAX);
    git2::opts::strict_hash_verification(true);
    // SAFETY: a worker is a process of its own, and this is the first thing it does with the library: no other thread exists.
    let set = unsafe {
        [git2::ConfigLevel::System, git2::ConfigLevel::Global, git2::ConfigLevel::XDG, git2::ConfigLevel::ProgramData]
            .into_iter()
            .try_for_each(|level| git2::opts::set_search_path(level, ""))
            .and_then(|()| git2::opts::set_mwindow_size(WINDOW))
            .and_then(|()| git2::opts::set_mwindow_mapped_limit(MAPPED))
            .and_then(|()| git2::opts::set_cache_max_size(16 << 20))
            .and_then(|()| git2::opts::set_server_connect_timeout_in_milliseconds(milliseconds(seconds.min(10))))
            .and_then(|()| git2::opts::set_server_timeout_in_milliseconds(milliseconds(seconds)))
            .map(|()| certificates.map_or(Ok(()), |file| git2::opts::set_ssl_cert_file(file)))
    };
    let cannot = |_| Failed::new(Reason::FetchFailed, "cannot set up git's library");
    let untrusted = |_| Failed::new(Reason::HostUntrusted, "the certificates of authorities are no PEM certificates");
    set.map_err(cannot)?.map_err(untrusted)
}
