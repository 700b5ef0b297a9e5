package store_test
import ("testing";"context";"time";"fmt";"ranzen/store";"ranzen/store/school";"ranzen/store/storetest")
func TestZZPerf(t *testing.T){ storetest.Each(t, func(t *testing.T, s *store.Store){
 ctx:=context.Background(); d:=newTown(t,s)
 var schools []school.SchoolID; var names []string
 for i:=range 90 { n:=fmt.Sprintf("Schule %d",i); schools=append(schools,d.school(n)); names=append(names,n); for j:=range 20 { d.class(schools[i],fmt.Sprintf("%d%c",5+j/4,'a'+j%4)) } }
 t0:=time.Now()
 if s.Engine()=="sqlite" {return}
 for b:=range 6 { var rows []store.Announced
  for i:=range 4667 { k:=b*4667+i; rows=append(rows, store.Announced{Serial:fmt.Sprintf("F9FX%08d",k),Number:fmt.Sprintf("MS-%06d",k),School:names[k%90],Class:fmt.Sprintf("%d%c",5+(k/90%20)/4,'a'+(k/90%20)%4)}) }
  t1:=time.Now(); if _,_,err:=s.Announce(ctx,d.by,rows); err!=nil {t.Fatal(err)}; t.Log("announce 4667",time.Since(t1)) }
 t.Log("all", time.Since(t0))
 if err:=s.Exec(ctx, `INSERT INTO enrollment (id, authority_id, device_id, nano_id, type, state, created_at) SELECT 'e-' || id, authority_id, id, id, 'device','enrolled',1 FROM device`); err!=nil {t.Fatal(err)}
 s.Exec(ctx, `UPDATE device_state SET enrollment_id = 'e-' || device_id, last_seen_at = 5`)
 s.Exec(ctx, `INSERT INTO target (enrollment_id, authority_id, device_id, marked_at) SELECT 'e-' || id, authority_id, id, 1 FROM device`)
 if s.Engine()=="postgres" { s.Exec(ctx,"ANALYZE") }
 for _,f:=range []store.DeviceFilter{{},{Sort:store.BySeen},{Sort:store.ByHolder},{Sort:store.BySerial,Desc:true},{State:store.NeedsHelp},{Text:"ms-0041"},{Text:"7a schule"},{School:schools[3]}} {
  t1:=time.Now(); p,err:=s.Devices(ctx,d.by,f); if err!=nil{t.Fatal(err)}; t2:=time.Now(); n,err:=s.CountDevices(ctx,d.by,f); if err!=nil {t.Fatal(err)}
  f.After=p.Next; t3:=time.Now(); if f.After!="" {s.Devices(ctx,d.by,f)}
  t.Logf("%v %v %v %v: rows %d: %v, count %d %v, next %v",f.Sort,f.State,f.Text,f.School!="",len(p.Rows),t2.Sub(t1),n,t3.Sub(t2),time.Since(t3)) }
 ids,_,_:=s.DeviceIDs(ctx,d.by,store.DeviceFilter{},9000)
 t1:=time.Now(); if _,err:=s.MoveDevices(ctx,d.by,ids,store.Destination{School:&schools[0]}); err!=nil {t.Fatal(err)}; t.Log("move 9000",time.Since(t1))
 for _,q:=range []string{"MS-000417","Schule 5","7a"} { t1:=time.Now(); s.Search(ctx,d.by,q); t.Log(q,time.Since(t1)) }
 t1=time.Now(); s.Classes(ctx,d.by,store.ClassFilter{Limit:200}); t.Log("classes",time.Since(t1))
 t1=time.Now(); s.Schools(ctx,d.by); t.Log("schools",time.Since(t1))
})}
