"""A workbook, a sheet or a column of it that cannot be read.

The master workbooks say which entities there are. What cannot be read of them
is not checked, and proves nothing: where the sheet of the techniques is
missing, the pages say which techniques exist.

The finding stands at the beginning of the workbook, or in the first cell of
the sheet. A sheet or column that has another name in your workbooks belongs
in a profile of your own.

## Bad

```sheet DISARM_MASTER_DATA/DISARM_DATA_MASTER.xlsx!incidenttechniques
| ⟦⟧disarm_id | name | incident |
| IT00000214 | They made accounts. | I00064 |
```

```text findings
the workbook has no sheet “incidents”: put it back, or give it its old name
the workbook has no sheet “urls”: put it back, or give it its old name
the workbook has no sheet “associatedtechniques”: put it back, or give it its old name
the sheet “incidenttechniques” has no column “incident_id”: put it back, or give it its old header cell
the sheet “incidenttechniques” has no column “technique_ids”: put it back, or give it its old header cell
```

## Good
"""
