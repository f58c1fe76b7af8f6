#!/bin/sh
# First process of a lab node: makes the node's own root, starts what a node runs, and reaps what is left to it.
# Arguments: DISK (becomes /), NAME, then folders of the machine to be shown read-only, as FROM:TO.
# It says "ready" when its namespaces exist, and waits for a line before each step: the network is made from outside.
set -eu
disk=$1 name=$2
shift 2
hostname "$name"
echo ready

mount --make-rprivate /
mount --bind "$disk" "$disk"
cd "$disk"

# The machine's programs, and nothing else of it: what a node writes stays on its disk, what it mounts in its namespace.
show() {
  mkdir -p "./$2"
  mount --bind "$1" "./$2"
  mount -o remount,bind,ro "./$2"
}
for part in usr bin sbin lib lib32 lib64 libx32; do
  if [ -L "/$part" ]; then ln -sfn "$(readlink "/$part")" "$part"; elif [ -d "/$part" ]; then show "/$part" "$part"; fi
done
show /etc/alternatives etc/alternatives 2>/dev/null || true
cp /etc/ld.so.cache etc/ 2>/dev/null || true
for pair in "$@"; do show "${pair%%:*}" "${pair#*:}"; done

mkdir -p proc sys dev run tmp var/log old
chmod 1777 tmp
mount -t proc proc proc
mount -t sysfs sysfs sys
mount --rbind /sys/fs/cgroup sys/fs/cgroup
mount --rbind /dev dev
mount -t tmpfs -o mode=755 tmpfs run
mkdir run/lock
: >run/xtables.lock
# The kubelet sets these for the whole machine. Here it finds what it wants in files, and changes nothing.
mkdir -p etc/machine-settings
while read -r setting value; do
  echo "$value" >"etc/machine-settings/$setting"
  [ ! -e "proc/sys/$(echo "$setting" | tr . /)" ] || mount --bind "etc/machine-settings/$setting" "proc/sys/$(echo "$setting" | tr . /)"
done <<SETTINGS
vm.overcommit_memory 1
vm.panic_on_oom 0
kernel.panic 10
kernel.panic_on_oops 1
kernel.keys.root_maxkeys 1000000
kernel.keys.root_maxbytes 25000000
kernel.random.boot_id $(cat /proc/sys/kernel/random/uuid)
SETTINGS

pivot_root . old
cd /
umount -l /old
rmdir /old
mount --make-rshared /
export PATH=/opt/kubernetes:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/

# As a service manager does: a daemon that ends is started again.
keep() {
  log=/var/log/$1.log
  shift
  while :; do
    "$@" >>"$log" 2>&1 </dev/null || true
    sleep 1
  done
}

read -r _network
keep containerd containerd --config /etc/containerd/config.toml &
keep kube-proxy kube-proxy --config=/etc/kubernetes/kube-proxy.yaml &
# Images come before the kubelet, so that no pod finds one missing.
read -r _images
# shellcheck disable=SC2086
keep kubelet kubelet --config=/etc/kubernetes/kubelet.yaml --kubeconfig=/etc/kubernetes/kubelet.kubeconfig \
  --hostname-override="$name" --node-ip="$(cat /etc/kubernetes/node-ip)" &
while :; do wait || true; sleep 1; done
