// Customizes a running guest with VMware's Go library over VI JSON, which no command of govc does, waits
// for the task and for the guest, and prints what the library then believes.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/session"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

type order struct {
	vm       types.ManagedObjectReference
	user     string
	password string
	hostName string
	address  string
}

// believed is what the test compares with the ledger.
type believed struct {
	Task  string `json:"task"`
	State string `json:"state"`
	Guest string `json:"guest"`
}

func specOf(o order) types.CustomizationSpec {
	settings := types.CustomizationIPSettings{Ip: &types.CustomizationDhcpIpGenerator{}}
	if o.address != "" {
		settings.Ip = &types.CustomizationFixedIp{IpAddress: o.address}
		settings.SubnetMask = "255.255.255.0"
		settings.Gateway = []string{"10.0.1.1"}
	}
	return types.CustomizationSpec{
		Options: &types.CustomizationLinuxOptions{},
		Identity: &types.CustomizationLinuxPrep{
			HostName: &types.CustomizationFixedName{Name: o.hostName},
			Domain:   "example.org",
		},
		GlobalIPSettings: types.CustomizationGlobalIPSettings{DnsServerList: []string{"10.0.0.2"}},
		NicSettingMap:    []types.CustomizationAdapterMapping{{Adapter: settings}},
	}
}

func customize(ctx context.Context, c *vim25.Client, o order) (*believed, error) {
	manager := c.ServiceContent.GuestCustomizationManager
	if manager == nil {
		return nil, fmt.Errorf("the server has no guest customization")
	}
	started, err := methods.CustomizeGuest_Task(ctx, c, &types.CustomizeGuest_Task{
		This: *manager,
		Vm:   o.vm,
		Auth: &types.NamePasswordAuthentication{Username: o.user, Password: o.password},
		Spec: specOf(o),
	})
	if err != nil {
		return nil, err
	}
	info, err := object.NewTask(c, started.Returnval).WaitForResultEx(ctx)
	if err != nil {
		return nil, err
	}
	out := &believed{Task: started.Returnval.Value, State: string(info.State)}
	for ctx.Err() == nil {
		var vm mo.VirtualMachine
		err := property.DefaultCollector(c).RetrieveOne(ctx, o.vm, []string{"guest"}, &vm)
		if err != nil {
			return nil, err
		}
		if vm.Guest == nil || vm.Guest.CustomizationInfo == nil {
			return nil, fmt.Errorf("the VM tells nothing of its customization")
		}
		out.Guest = vm.Guest.CustomizationInfo.CustomizationStatus
		if out.Guest == "TOOLSDEPLOYPKG_SUCCEEDED" || out.Guest == "TOOLSDEPLOYPKG_FAILED" {
			return out, nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return nil, ctx.Err()
}

// powerOn returns once VMware Tools run in the guest.
func powerOn(ctx context.Context, c *vim25.Client, vm types.ManagedObjectReference) error {
	task, err := object.NewVirtualMachine(c, vm).PowerOn(ctx)
	if err != nil {
		return err
	}
	if err := task.WaitEx(ctx); err != nil {
		return err
	}
	running := string(types.VirtualMachineToolsRunningStatusGuestToolsRunning)
	status := []string{"guest.toolsRunningStatus"}
	return property.Wait(ctx, property.DefaultCollector(c), vm, status,
		func(changes []types.PropertyChange) bool {
			for _, change := range changes {
				if change.Val == running {
					return true
				}
			}
			return false
		})
}

func run() error {
	var o order
	address := flag.String("url", "", "of the vCenter, with user and password")
	vm := flag.String("vm", "", "id of the VM")
	start := flag.Bool("power-on", true, "power it on before")
	flag.StringVar(&o.user, "guest-user", "root", "account in the guest")
	flag.StringVar(&o.password, "guest-password", "", "its password")
	flag.StringVar(&o.hostName, "host-name", "", "new host name of the guest")
	flag.StringVar(&o.address, "address", "", "new address of the guest; none: by DHCP")
	flag.Parse()
	o.vm = types.ManagedObjectReference{Type: "VirtualMachine", Value: *vm}

	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	target, err := url.Parse(*address)
	if err != nil {
		return err
	}
	transport := soap.NewClient(target, false)
	transport.UseJSON(true)
	c, err := vim25.NewClient(ctx, transport)
	if err != nil {
		return err
	}
	login := session.NewManager(c)
	if err := login.Login(ctx, target.User); err != nil {
		return err
	}
	defer login.Logout(ctx)
	if *start {
		if err := powerOn(ctx, c, o.vm); err != nil {
			return err
		}
	}
	out, err := customize(ctx, c, o)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(out)
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
