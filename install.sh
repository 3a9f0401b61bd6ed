#!/usr/bin/env bash
# Install paas on this machine, or repair and update what an earlier run installed.
set -euo pipefail
shopt -s inherit_errexit

usage() {
    cat <<'END'
Usage: sudo ./install.sh [OPTION]...

Install paas on this Debian or Ubuntu machine. It asks nothing. Run again, it leaves alone
what is right, repairs what is not, and updates paas to the version that it lies beside.

  --domain DOMAIN    apps get the host name APP.DOMAIN
  --ssh-key FILE     the public key of the first person who may push, as `admin`;
                     otherwise root's first authorized key
  --with PLUGIN,...  plugins to install besides the builtin ones
  --user NAME        the account that owns and runs everything (paas)
  --no-stack         don't make the image for buildpacks, which takes two minutes where no
                     registry answers that has one; `paas stack:build` makes it later
  --demo             deploy a small app, `demo`, with a real `git push`, and show its page
  --help             this text

For tests, which install a system of their own beside a real one:

  --prefix DIR       the program (/opt/paas)
  --root DIR         the data (/var/lib/paas)
  --home DIR         the account's home, with the repositories (/home/NAME)
  --bin DIR          where the `paas` command goes (/usr/local/bin)
  --docker-socket PATH
                     the socket of the Docker engine that runs the apps (Docker's default)
  --nginx DIR        the nginx that is started with DIR/nginx.conf, with its pid in
                     DIR/nginx.pid, its logs in DIR/logs, and paas in DIR/conf.d/paas.conf
  --nginx-http-port PORT, --nginx-https-port PORT, --ssh-port PORT
                     where they listen (80, 443, 22)
  --no-services      install no package, start nothing, and set no timer; the rest is done
END
}

# What is printed, and whether anything was done

changes=0
step() { printf -- '-----> %s\n' "$*"; }
detail() { printf '       %s\n' "$*"; }
changed() { changes=$((changes + 1)); detail "$*"; }
fail() {
    printf ' !     %s\n' "$@" >&2
    exit 1
}

# The command line

user=paas prefix=/opt/paas root=/var/lib/paas home='' bin=/usr/local/bin
domain='' ssh_key='' with='' demo=no stack=yes services=yes
nginx='' docker_socket='' http_port=80 https_port=443 ssh_port=22

parse() {
    while [ $# -gt 0 ]; do
        case $1 in
            --demo=* | --no-stack=* | --no-services=* | --help=*) wrong_usage "${1%%=*} takes no value." ;;
            --*=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;
        esac
        case $1 in
            --demo) demo=yes; shift; continue ;;
            --no-stack) stack=no; shift; continue ;;
            --no-services) services=no; shift; continue ;;
            --help | -h) usage; exit 0 ;;
            --domain | --ssh-key | --with | --user | --prefix | --root | --home | --bin | --nginx | --docker-socket | --*-port) ;;
            *) wrong_usage "There is no option $1." ;;
        esac
        [ -n "${2:-}" ] || wrong_usage "$1 needs a value."
        case $1 in
            --domain) domain=${2,,} ;; # nginx compares names in small letters
            --ssh-key) ssh_key=$(realpath -m -- "$2") ;;
            --with) with=$2 ;;
            --user) user=$2 ;;
            --prefix) prefix=$2 ;;
            --root) root=$2 ;;
            --home) home=$2 ;;
            --bin) bin=$2 ;;
            --nginx) nginx=$2 ;;
            --docker-socket) docker_socket=$2 ;;
            --nginx-http-port) http_port=$2 ;;
            --nginx-https-port) https_port=$2 ;;
            --ssh-port) ssh_port=$2 ;;
            *) wrong_usage "There is no option $1." ;;
        esac
        shift 2
    done
    home=${home:-/home/$user}
    check_values
}

wrong_usage() {
    printf ' !     %s\n' "$1" 'See ./install.sh --help' >&2
    exit 2
}

check_values() {
    local value label='[a-z0-9]([a-z0-9-]*[a-z0-9])?'
    # They get into sudoers, cron and unit files, where other characters would mean something.
    [[ $user =~ ^[a-z][a-z0-9-]{0,30}$ ]] || wrong_usage "$user is not a name for an account: a-z, 0-9 and - only."
    [ "$user" != root ] || wrong_usage "The account of paas can't be root."
    for value in "$prefix" "$root" "$home" "$bin" ${nginx:+"$nginx"} ${docker_socket:+"$docker_socket"}; do
        [[ $value =~ ^(/[A-Za-z0-9._-]+)+$ && ! $value/ =~ /\.\.?/ ]] ||
            wrong_usage "$value is not an absolute path of plain characters."
    done
    for value in "$http_port" "$https_port" "$ssh_port"; do
        [[ $value =~ ^[1-9][0-9]{0,4}$ && $value -lt 65536 ]] || wrong_usage "$value is not a port."
    done
    [ -z "$domain" ] || [[ $domain =~ ^$label(\.$label)*$ ]] || wrong_usage "$domain is not a domain."
    [[ $with =~ ^([a-z0-9-]+(,[a-z0-9-]+)*)?$ ]] || wrong_usage "$with is not a list of plugins such as a,b."
    for value in ${with//,/ }; do
        [ -d "$here/plugins_contrib/$value" ] || [ -d "$here/plugins_builtin/$value" ] ||
            wrong_usage "There is no plugin $value here; those for --with are in plugins_contrib."
    done
    [ -n "$ssh_key" ] || return 0
    [[ -f $ssh_key && -r $ssh_key ]] || wrong_usage "$ssh_key can't be read."
    [ -n "$(first_key "$ssh_key")" ] || wrong_usage "$ssh_key holds no public ssh key."
}

# The machine

require_a_machine() {
    [ "$(id -u)" = 0 ] || fail 'This needs root.' 'Run sudo ./install.sh'
    command -v apt-get >/dev/null || fail 'This needs apt: a Debian (12 or newer) or an Ubuntu.'
    local version='import sys; sys.exit(sys.version_info < (3, 11))'
    if [ -x /usr/bin/python3 ] && ! /usr/bin/python3 -c "$version"; then
        fail 'The Python of this system is older than 3.11.' 'Install on Debian 12, Ubuntu 24.04 or newer.'
    fi
}

# Another account's files must not be taken over: they would stay half its own.
refuse_a_foreign_installation() {
    local owner
    if [ -e "$prefix/host.json" ] && ! grep -q "\"user\": \"$user\"" "$prefix/host.json"; then
        fail "$prefix belongs to an installation with another account:" "$(tr -d '\n' <"$prefix/host.json")" \
            "Name that account with --user, or choose another --prefix, --root and --home."
    fi
    for folder in "$root" "$home"; do
        [ -e "$folder" ] || continue
        owner=$(stat -c %U "$folder")
        [ "$owner" = "$user" ] || fail "$folder exists and belongs to $owner, not to $user." \
            'Move it away, or choose another --root, --home or --user.'
    done
    id "$user" >/dev/null 2>&1 || return 0
    # Its password is locked and its shell changed, which a person would not get over.
    [ "$(id -u "$user")" -lt 1000 ] || fail "The account $user is a person's." 'Choose another name with --user.'
    [ "$(getent passwd "$user" | cut -d: -f6)" = "$home" ] ||
        fail "The account $user exists and has another home than $home." 'Choose another name with --user.'
}

has_systemd() { [ -d /run/systemd/system ]; }
is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

install_packages() {
    step 'Packages'
    local package wanted=(ca-certificates git nginx openssh-server python3 python3-venv sudo) missing=()
    command -v dockerd >/dev/null || wanted+=(docker.io)
    has_systemd || wanted+=(cron)
    [ "$demo" = no ] || wanted+=(busybox-static openssh-client)
    for package in "${wanted[@]}"; do
        is_installed "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    detail "Installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq || fail 'apt-get update failed.' 'Repair the sources of apt and run this again.'
    # From Debian 13 on the docker program is a package of its own.
    if [[ " ${missing[*]} " = *' docker.io '* ]] && apt-cache show docker-cli >/dev/null 2>&1; then
        missing+=(docker-cli)
    fi
    apt-get install -qq --yes --no-install-recommends "${missing[@]}" </dev/null >/dev/null ||
        fail "apt could not install ${missing[*]}." 'Repair that and run this again.'
    changed "Installed ${missing[*]}"
}

make_user() {
    step "Account $user"
    if ! id "$user" >/dev/null 2>&1; then
        useradd --system --user-group --no-create-home --home-dir "$home" --shell /bin/sh "$user"
        changed "Created $user"
    fi
    # sshd runs the forced command with this shell, and takes an account locked with ! for no account.
    if [ "$(getent passwd "$user" | cut -d: -f7)" != /bin/sh ]; then
        usermod --shell /bin/sh "$user"
        changed 'Set its shell to /bin/sh'
    fi
    if [[ $(getent shadow "$user" | cut -d: -f2) != '*' ]]; then
        usermod --password '*' "$user"
        changed 'Locked its password; keys work'
    fi
    getent group docker >/dev/null || groupadd --system docker
    if [[ " $(id -nG "$user") " != *' docker '* ]]; then
        usermod --append --groups docker "$user"
        changed 'Made it a member of docker'
    fi
    folder "$home" "$user" 755
    folder "$root" "$user" 711
    folder "$root/tmp" "$user" 700
    folder "$prefix" root 755
    # A paas that root ran from a checkout may have made the store, which then is of no use to the account.
    if [ -n "$(find "$root" -maxdepth 1 -name 'state.db*' ! -user "$user")" ]; then
        chown "$user:$user" "$root"/state.db*
        changed "Gave the store to $user"
    fi
}

folder() { # PATH OWNER MODE
    [ "$(stat -c '%U:%a' "$1" 2>/dev/null)" != "$2:$3" ] || return 0
    install -d -o "$2" -g "$2" -m "$3" "$1"
    changed "Made $1"
}

# Write standard input to a file of root's, unless the file is so already; `written` says which.
put() { # PATH MODE
    local text
    text=$(cat && printf .) # the dot keeps the last line's end
    text=${text%.}
    written=no
    if [ "$(stat -c '%U:%a' "$1" 2>/dev/null)" = "root:$2" ] && cmp -s "$1" <(printf %s "$text"); then
        return
    fi
    printf %s "$text" | install -o root -g root -m "$2" /dev/stdin "$1.new"
    mv "$1.new" "$1"
    written=yes
    changed "Wrote $1"
}

write_host() {
    local own_nginx=''
    [ -z "$nginx" ] || printf -v own_nginx '"%s": "%s",\n    ' config "$nginx/nginx.conf" \
        include "$nginx/conf.d/paas.conf" pid "$nginx/nginx.pid" logs "$nginx/logs"
    put "$prefix/host.json" 644 <<END
{
  "user": "$user",
  "root": "$root",
  "home": "$home",
  "ssh_port": $ssh_port,
${docker_socket:+  \"docker_socket\": \"$docker_socket\",
}  "nginx": {
    ${own_nginx}"http_port": $http_port,
    "https_port": $https_port
  }
}
END
}

# The program. Whatever is downloaded or built runs as the account; root installs finished wheels only.

scratch='' # the account's, removed when we end
as_user() { runuser -u "$user" -- env HOME="$scratch" "$@"; }
python() { PYTHONPATH="$here/core/src:$here/plugins_builtin/plugin/src" /usr/bin/python3 -B -s "$@"; }

make_program() {
    step 'Program'
    scratch=$(runuser -u "$user" -- mktemp -d /tmp/paas-install.XXXXXXXX)
    local locked=$scratch/locked ours=$scratch/ours
    as_user mkdir "$locked" "$ours"
    make_tools
    download_dependencies "$locked"
    install_build_backend "$locked"
    build_members "$ours"
    fill_pool "$locked" "$ours"
    make_generation
    if [ "$(readlink "$bin/paas")" != "$prefix/current/bin/paas" ]; then
        [ -L "$bin/paas" ] || [ ! -d "$bin/paas" ] ||
            fail "$bin/paas is a folder, where the command goes." 'Move it away and run this again.'
        mkdir -p "$bin"
        ln -sfn "$prefix/current/bin/paas" "$bin/paas"
        changed "Linked $bin/paas"
    fi
}

make_tools() {
    "$prefix/tools/bin/python" -I -m pip --version >/dev/null 2>&1 && return 0
    rm -rf "$prefix/tools"
    /usr/bin/python3 -I -m venv "$prefix/tools"
    changed "Made $prefix/tools"
}

pip() { "$prefix/tools/bin/python" -m pip --disable-pip-version-check --quiet "$@"; }
pip_as_user() { as_user "$prefix/tools/bin/python" -m pip --disable-pip-version-check --quiet "$@"; }

# Take what an earlier run downloaded, if it is whole, and ask an index otherwise.
download_dependencies() { # TARGET
    local lock=$scratch/requirements.lock
    local options=(--dest "$1" --no-deps --only-binary :all: --require-hashes --requirement "$lock")
    as_user tee "$lock" <"$here/requirements.lock" >/dev/null
    if [ -d "$prefix/wheels" ] &&
        pip_as_user download --no-index --find-links "$prefix/wheels" "${options[@]}" >/dev/null 2>&1; then
        return
    fi
    pip_as_user download "${options[@]}" || fail 'The packages that paas needs could not be downloaded.' \
        'pip says why above. Behind a proxy or with an index of your own, set PIP_PROXY or PIP_INDEX_URL.'
    changed 'Downloaded the packages that paas needs'
}

install_build_backend() { # FOLDER
    "$prefix/tools/bin/python" -I -c 'import flit_core' 2>/dev/null && return 0
    pip install --no-index --root-user-action=ignore --find-links "$1" flit_core
}

build_members() { # TARGET
    tar -C "$here" -c --exclude __pycache__ --exclude tests install core plugins_builtin plugins_contrib |
        as_user tar -C "$scratch" -x --no-same-owner
    as_user "$prefix/tools/bin/python" -I -B "$scratch/install/build.py" "$scratch" "$1" ||
        fail 'A plugin could not be built.'
}

fill_pool() { # FOLDER...
    rm -rf "$prefix/wheels.new"
    install -d -m 755 "$prefix/wheels.new"
    find "$@" -name '*.whl' -type f -exec install -m 644 -t "$prefix/wheels.new" {} +
    if diff -rq "$prefix/wheels" "$prefix/wheels.new" >/dev/null 2>&1; then
        rm -r "$prefix/wheels.new"
        return
    fi
    rm -rf "$prefix/wheels"
    mv "$prefix/wheels.new" "$prefix/wheels"
    changed "Filled $prefix/wheels"
}

make_generation() {
    local made plugins
    IFS=, read -r -a plugins <<<"$with"
    made=$(python -m paas_plugin.generations "$prefix" "$user" "${plugins[@]}")
    case $made in
        new*) changed "Made generation ${made#new }" ;;
    esac
}

allow_root_helper() {
    step 'Rights'
    local rule="$user ALL=(root) NOPASSWD: $prefix/current/bin/paas-root-helper"
    # Tried before it is in place: a mistake in there would lock everyone out of sudo.
    printf '%s\n' "$rule" | visudo -cqf - || fail "sudo refuses this rule: $rule"
    put "/etc/sudoers.d/$user" 440 <<END
# What the account of paas may have root do. Written by install.sh.
$rule
END
}

# Services

start_services() {
    [ "$services" = yes ] || return 0
    step 'Services'
    start docker "docker ${docker_socket:+-H unix://$docker_socket }version" || fail 'Docker does not run.' 'See what it says: journalctl -u docker, or run dockerd'
    start ssh "listens $ssh_port" || fail "No sshd listens on port $ssh_port." 'See what it says: sshd -t'
    start nginx 'runs /run/nginx.pid' || fail_for_nginx
    has_systemd || start cron 'runs /run/crond.pid' || fail 'cron does not run.'
    warn_about_sshd
}

fail_for_nginx() { # which tests its configuration without the ports
    ! listens "$http_port" || fail "Another program listens on port $http_port, so nginx can't." \
        "Stop that one, which ss -ltnp names, and run this again."
    fail 'nginx does not run.' 'See what it says: nginx -t, and the end of /var/log/nginx/error.log'
}

runs() { local pid; read -r pid <"$1" && kill -0 "$pid"; }
listens() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

start() { # SERVICE, command that succeeds once it runs
    local tries=150
    $2 >/dev/null 2>&1 && return
    if has_systemd; then
        systemctl enable --quiet --now "$1" || return
    else
        service "$1" start >/dev/null 2>&1 || start_anyway "$1" || return
    fi
    until $2 >/dev/null 2>&1; do
        ((tries-- > 0)) || return
        sleep 0.2
    done
    changed "Started $1"
}

# Docker's init script raises a limit that a small machine may not raise, and gives up.
start_anyway() { # SERVICE
    [ "$1" = docker ] || return
    if ! grep -qs '^ulimit()' /etc/default/docker; then
        printf '\n# Written by install.sh of paas: this machine refuses the limits that the script sets.\n%s\n' \
            'ulimit() { :; }' >>/etc/default/docker
        changed 'Wrote /etc/default/docker'
    fi
    service docker start >/dev/null 2>&1
}

warn_about_sshd() {
    local said
    said=$(sshd -T 2>/dev/null | grep -E '^(pubkeyauthentication no|allowusers|allowgroups|denyusers|denygroups)') || return 0
    printf ' !     %s\n' "sshd limits who may log in; see that $user may, with a key:" "$said" >&2
}

# Only Debian's own page, untouched: whoever changed it wants it, and nginx will say what clashes.
remove_default_site() {
    local link=/etc/nginx/sites-enabled/default file=/etc/nginx/sites-available/default
    [ "$services" = yes ] && [ -z "$nginx" ] && [ "$(readlink -f "$link")" = "$file" ] || return 0
    dpkg-query -W -f '${Conffiles}\n' nginx-common | grep -qF " $file $(md5sum <"$file" | cut -d' ' -f1)" || return 0
    rm "$link"
    changed "Removed the link $link"
}

# Every plugin prepares what it needs: nginx its catch-all, the scheduler its network ...
prepare_plugins() {
    step 'Plugins'
    local said=$scratch/prepared
    "$bin/paas" plugin:trigger install | tee "$said" ||
        fail 'A plugin could not prepare this machine.' 'Repair that and run this again.'
    [ ! -s "$said" ] || changes=$((changes + 1))
}

# Apps without a Dockerfile are built in an image that is pulled when it is first needed, or made here if it can't be.
prepare_stack() {
    [ "$services" = yes ] && [ "$stack" = yes ] || return 0
    step 'Buildpacks'
    local published log=$scratch/stack
    if "$bin/paas" stack:report --global --format json 2>/dev/null | grep -qE '"current": *"?true'; then
        detail 'The image for buildpacks is there'
        return 0
    fi
    published=$("$prefix/current/bin/python" -Ic 'from paas_builder_herokuish.base import PUBLISHED; print(PUBLISHED)')
    ! timeout 20 docker manifest inspect "$published" >/dev/null 2>&1 || return 0
    detail "No registry has $published for us, so its like is made here, once, in about two minutes"
    if ! is_installed debootstrap && ! apt-get install -qq --yes --no-install-recommends debootstrap </dev/null >"$log" 2>&1 ||
        ! "$bin/paas" stack:build >"$log" 2>&1; then
        # A server that builds from Dockerfiles alone does without.
        tail -n 3 "$log" | sed 's/^/       /'
        printf ' !     %s\n' 'The image for buildpacks could not be made.' 'Try again with: paas stack:build' >&2
    else
        changed 'The image for buildpacks is made'
    fi
}

set_timer() {
    [ "$services" = yes ] || return 0
    step 'Timer'
    local unit news=no
    if ! has_systemd; then
        put "/etc/cron.d/$user" 644 < <(filled "$here/install/cron")
        return
    fi
    for unit in tick.service tick.timer restore.service sites.service; do
        put "/etc/systemd/system/$user-$unit" 644 < <(filled "$here/install/systemd/$unit")
        [ "$written" = no ] || news=yes
    done
    [ "$news" = no ] || systemctl daemon-reload
    systemctl enable --quiet "$user-restore.service" "$user-sites.service"
    systemctl enable --quiet --now "$user-tick.timer"
}

filled() {
    local programs=$prefix/current/bin
    sed -e "s|@user@|$user|g" -e "s|@paas@|$programs/paas|g" -e "s|@helper@|$programs/paas-root-helper|g" "$1"
}

# What this script doesn't know of, the plugins do: modes of keys, repositories, sites, processes ...
check_everything() {
    [ "$services" = yes ] || return 0
    step 'Check'
    local said=$scratch/checked
    # What is left is not of the installation, such as a disk that is nearly full; it is said with what to do.
    "$bin/paas" doctor --fix 2>&1 | tee "$said" || detail 'Once that is mended, look again: paas doctor'
    ! grep -q '^-----> Repairing' "$said" || changes=$((changes + 1))
}

# Who may push, and where apps are found

whom='Let others push:' # what the last words begin with
key_lines() { sed -nE 's/^(.* )?((ssh|ecdsa|sk)-[^ ]+ AAAA[^ ]+( .*)?)$/\2/p' "$1"; }
first_key() { # FILE; a line that only looks like a key is passed over, as sshd does
    local line
    while IFS= read -r line; do
        # Before the packages are installed the looks are all that there is.
        if ! command -v ssh-keygen >/dev/null || fingerprint "$line" >/dev/null 2>&1; then
            printf '%s\n' "$line"
            return
        fi
    done < <(key_lines "$1")
}
fingerprint() { ssh-keygen -lf /dev/stdin <<<"$1" | cut -d' ' -f2; }

add_key() {
    step 'Key'
    local file=${ssh_key:-/root/.ssh/authorized_keys} key='' print known
    known=$("$bin/paas" ssh-keys:list 2>/dev/null) || known=''
    [ ! -r "$file" ] || key=$(first_key "$file")
    if [ -z "$key" ]; then
        [ -n "$known" ] || whom='Let yourself in:'
        [ -n "$known" ] || detail 'Nobody may push yet, since root has no authorized key.'
        return
    fi
    print=$(fingerprint "$key")
    if [[ $known = *"$print"* ]]; then
        return
    elif [[ $known = *'NAME="admin"'* ]]; then
        [ -z "$ssh_key" ] || fail 'The key admin is another one than that in '"$ssh_key." \
            'Add this one with another name, paas ssh-keys:add NAME < FILE, or first remove the other: paas ssh-keys:remove admin'
        return
    fi
    "$bin/paas" ssh-keys:add admin <<<"$key" >/dev/null
    changed "Added the key $print of $file as admin"
}

set_domain() {
    [ -n "$domain" ] || return 0
    step 'Domain'
    [ "$("$bin/paas" domains:report --global --domains-global-vhosts)" = "$domain" ] && return
    "$bin/paas" domains:set-global "$domain" >/dev/null
    changed "Apps get the host name APP.$domain"
}

say_what_is_next() {
    local host=${domain:-$(hostname -f 2>/dev/null || hostname)} remote
    [ "$changes" -gt 0 ] || step 'Nothing had to be changed'
    remote=$user@$host:my-app
    [ "$ssh_port" = 22 ] || remote=ssh://$user@$host:$ssh_port/my-app
    cat <<END
=====> paas is installed. To deploy, in the repository of an app:

           git remote add paas $remote
           git push paas main

       $whom   paas ssh-keys:add NAME < id_ed25519.pub
       All commands:      paas help
END
}

# A small app, pushed as anyone would push it: over ssh, with a key of its own that goes away again.

deploy_demo() {
    step 'Demo'
    local app=demo tree=$scratch/demo key=$scratch/demo-key url
    # A static busybox serves the page: no registry has to answer for its base image.
    command -v busybox >/dev/null || fail "The demo is served by busybox, which isn't there." "apt-get install busybox-static"
    cp -r "$here/demo" "$tree"
    install -m 755 "$(command -v busybox)" "$tree/busybox"
    ssh-keygen -q -t ed25519 -N '' -C demo -f "$key"
    "$bin/paas" ssh-keys:remove install-demo 2>/dev/null # of a run that was killed
    "$bin/paas" ssh-keys:add install-demo <"$key.pub" >/dev/null
    demo_key=yes
    demo_git init -q -b main
    demo_git add .
    demo_git -c user.name=demo -c user.email=demo@localhost commit -q -m 'A page'
    GIT_SSH_COMMAND="ssh -i $key -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR" \
        demo_git push -q --force "ssh://$user@localhost:$ssh_port/$app" main ||
        fail 'The demo could not be deployed.' 'Why is said above; run this again when that is repaired.'
    url=$("$bin/paas" url "$app")
    printf '=====> %s\n\n' "$url"
    python "$here/install/fetch.py" "$url"
    printf '\n       It goes away with: paas apps:destroy %s\n' "$app"
}

demo_git() { git -C "$scratch/demo" "$@"; }

demo_key=no
clean_up() {
    [ "$demo_key" = no ] || "$bin/paas" ssh-keys:remove install-demo || true
    [ -z "$scratch" ] || rm -rf "$scratch"
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

main() {
    parse "$@"
    umask 022
    cd /
    export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    unset PYTHONDONTWRITEBYTECODE PYTHONPATH PYTHONHOME
    require_a_machine
    refuse_a_foreign_installation
    trap clean_up EXIT
    [ "$services" = no ] || install_packages
    make_user
    write_host
    make_program
    allow_root_helper
    start_services
    remove_default_site
    prepare_plugins
    set_timer
    check_everything
    add_key
    set_domain
    [ "$demo" = no ] || deploy_demo
    prepare_stack
    say_what_is_next
}

main "$@"
