#!/bin/bash
# Builds and tests Assay on a Debian 12 that has nothing but git, make and a Swift toolchain: what a newcomer
# has. Needs root and debootstrap; takes about 6 GiB of disk.
#
#     tools/clean-room.sh --swift DIR [options] TARGET...
#
#     tools/clean-room.sh --swift /usr/share/swift test demo     # `make test`, then `make demo`, as root
#     tools/clean-room.sh --swift /usr/share/swift --user demo   # the same as an ordinary user with sudo
#
# A TARGET is what make is told, quotes included ('demo MODEL=smollm2'), or `ci` for .ci/run.
#
#   --swift DIR      the unpacked toolchain: the folder that holds usr/bin/swift
#   --room DIR       where the room is made (default: a new folder under TMPDIR); DIR must not exist
#   --base DIR       a bare Debian to copy, made by --base on first use and kept: the next room starts sooner
#   --user           an ordinary user runs make, and sudo (without a password) installs packages
#   --working-tree   what lies in the work tree, new files included, instead of what HEAD has
#   --mirrors DIR    git reads every github.com address from DIR instead (DIR/OWNER/NAME.git)
#   --shared DIR     a folder put beside the clone under the name `shared`: tests find data there
#   --apt DIR        a folder like /etc/apt: its apt.conf.d and sources are used in the room
#   --certificates FILE   the certificate authorities that the room trusts (a PEM bundle)
#   --env NAME=VALUE an environment variable of the commands; may be repeated
#   --debian URL     the mirror that debootstrap reads (default: its own)
#   --nice N         niceness of the commands (default 0)
#   --keep           leave the room in place
#
# The room is entered by pivot_root in a mount namespace of its own, not by chroot alone: in a chroot the
# kernel refuses user namespaces, and the sandbox could not show what it does elsewhere. The mounts end with
# the namespace, so that nothing of the toolchain can be deleted through them.
set -euo pipefail

say() { printf 'clean-room: %s\n' "$*" >&2; }
stop() { say "$@"; exit 64; }
usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; }

swift='' room='' base='' user='' tree='' mirrors='' shared='' apt='' certificates='' keep=''
debian='' niceness=0
variables=() targets=()
while (($#)); do
  case $1 in
    --swift | --room | --base | --mirrors | --shared | --apt | --certificates | --debian)
      [[ $# -ge 2 ]] || stop "$1 needs a value"
      declare "${1#--}=$2"
      shift
      ;;
    --nice) niceness=${2:?--nice needs a value} && shift ;;
    --env) variables+=("${2:?--env needs a value}") && shift ;;
    --user) user=builder ;;
    --working-tree) tree=1 ;;
    --keep) keep=1 ;;
    -h | --help) usage && exit 0 ;;
    --*) stop "there is no option $1; see --help" ;;
    *) targets+=("$1") ;;
  esac
  shift
done
[[ -x $swift/usr/bin/swift ]] || stop "--swift names no folder with usr/bin/swift: '$swift'"
[[ ${#targets[@]} -gt 0 ]] || stop "name what to make: test, demo, 'demo MODEL=smollm2', ci"
[[ $(id -u) == 0 ]] || stop "needs root: it makes a system of its own"
[[ -z $room || ! -e $room ]] || stop "--room $room exists: name a new folder, it is deleted at the end"
for folder in "$mirrors" "$shared" "$apt"; do
  [[ -z $folder || -d $folder ]] || stop "there is no folder $folder"
done
for program in debootstrap git unshare pivot_root; do
  command -v "$program" >/dev/null || stop "$program is missing: apt-get install debootstrap git util-linux"
done
repository=$(git -C "$(dirname "$0")/.." rev-parse --show-toplevel)
room=${room:-$(mktemp -d)/room}

clean_up() { [[ -n $keep ]] && say "left in $room" || rm -rf --one-file-system -- "$room"; }
trap clean_up EXIT
trap 'exit 130' INT TERM

bare_debian() { debootstrap --variant=minbase --include=git,make,ca-certificates bookworm "$1" ${debian:+"$debian"}; }
if [[ -n $base ]]; then
  # Under another name until it is whole: a folder that exists is a finished one.
  [[ -d $base ]] || { bare_debian "$base.part" >&2 && mv "$base.part" "$base"; }
  mkdir -p "$(dirname "$room")" && cp -a "$base" "$room"
else
  mkdir -p "$(dirname "$room")" && bare_debian "$room" >&2
fi

# The repository as a clone, so that what is not committed (or not even new) can't help the build.
place=/home/builder
mkdir -p "$room$place"
source=$repository
if [[ -n $tree ]]; then
  source=$room/work-tree
  mkdir "$source"
  (cd "$repository" && git ls-files -z --cached --others --exclude-standard \
    | while IFS= read -r -d '' name; do [[ -e $name ]] && printf '%s\0' "$name"; done \
    | tar --null --files-from=- --create) | tar -x -C "$source"
  git -C "$source" init --quiet
  git -C "$source" add --all
  git -C "$source" -c user.name=clean-room -c user.email=clean-room@localhost commit --quiet -m 'Work tree'
fi
git clone --quiet "file://$source" "$room$place/assay"
[[ -z $tree ]] || rm -rf -- "$source"

# As in a container image: a list of packages is not there until somebody asks for one.
find "$room/var/lib/apt/lists" -type f -delete

# git of the room: the mirrors belong to somebody else, which git refuses unless told.
: >"$room/etc/gitconfig"
if [[ -n $mirrors ]]; then
  printf '[url "%s/"]\n\tinsteadOf = https://github.com/\n[safe]\n\tdirectory = *\n' "$mirrors" \
    >"$room/etc/gitconfig"
fi
[[ ! -e /etc/resolv.conf ]] || cp -L /etc/resolv.conf "$room/etc/resolv.conf"
cp -L /etc/hosts "$room/etc/hosts"
[[ -z $certificates ]] || cp -L "$certificates" "$room/etc/ssl/certs/ca-certificates.crt"
if [[ -n $apt ]]; then
  # The sources replace debootstrap's own; without either, those stay.
  [[ ! -d $apt/apt.conf.d ]] || cp -L "$apt"/apt.conf.d/* "$room/etc/apt/apt.conf.d/"
  if compgen -G "$apt/sources.list.d/*.sources" >/dev/null || [[ -s $apt/sources.list ]]; then
    rm -f "$room/etc/apt/sources.list"
    [[ ! -s $apt/sources.list ]] || cp -L "$apt/sources.list" "$room/etc/apt/"
    cp -L "$apt"/sources.list.d/*.sources "$apt"/sources.list.d/*.list "$room/etc/apt/sources.list.d/" \
      2>/dev/null || true
  fi
fi

# Runs inside the new namespaces: binds, changes the root, and becomes the command.
cat >"$room/enter" <<'ENTER'
set -euo pipefail
room=$1 swift=$2 mirrors=$3 shared=$4
shift 4
bind() {
  mkdir -p "$room$2"
  mount --bind "$1" "$room$2"
  mount -o remount,bind,ro "$room$2"
}
mount --bind "$room" "$room"
bind "$swift" /opt/toolchain
[[ -z $mirrors ]] || bind "$mirrors" "$mirrors"
[[ -z $shared ]] || bind "$shared" /home/builder/shared
mount -t proc proc "$room/proc"
mount --rbind /dev "$room/dev"
mkdir -p "$room/old"
cd "$room"
pivot_root . old
umount -l /old
rmdir /old
cd /
exec "$@"
ENTER
enter() {
  unshare --mount --pid --fork --kill-child --propagation private \
    bash "$room/enter" "$room" "$(realpath "$swift")" "$mirrors" "$shared" \
    /usr/bin/env -i PATH=/opt/toolchain/usr/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    LANG=C.UTF-8 TERM="${TERM:-dumb}" "${variables[@]}" "$@"
}

as=()
if [[ -n $user ]]; then
  enter apt-get -o APT::Update::Error-Mode=any -qq update
  enter env DEBIAN_FRONTEND=noninteractive apt-get -qq --yes install --no-install-recommends sudo >/dev/null 2>&1
  chroot "$room" useradd --home-dir "$place" --shell /bin/bash "$user"
  printf '%s ALL=(ALL) NOPASSWD: ALL\n' "$user" >"$room/etc/sudoers.d/$user"
  chroot "$room" chown -R --no-dereference "$user:$user" "$place"
  as=(setpriv --reuid "$user" --regid "$user" --init-groups env HOME="$place" USER="$user" ASSAY_YES=1)
fi

status=0
for target in "${targets[@]}"; do
  started=$SECONDS
  if [[ $target == ci ]]; then command='CI=true bash .ci/run'; else command="make $target"; fi
  say "$command, ${user:-root}"
  enter "${as[@]}" nice -n "$niceness" bash -c "cd $place/assay && $command" </dev/null || status=$?
  say "$command: status $status after $((SECONDS - started)) s"
  [[ $status == 0 ]] || break
done
exit "$status"
