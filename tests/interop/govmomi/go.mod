module cloned/govmomi

go 1.22.0

require github.com/vmware/govmomi v0.46.3
